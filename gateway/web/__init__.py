"""What people and tools may ask the running daemon; it reads, and passes orders on."""
