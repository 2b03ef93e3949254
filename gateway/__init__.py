"""What the gateway decides, writes, sends and shows; see README.md for the rooms."""
