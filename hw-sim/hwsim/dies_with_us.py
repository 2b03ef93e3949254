"""What stands before a program that must not outlive us: the kernel kills it when we end, even by kill -9."""

DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
