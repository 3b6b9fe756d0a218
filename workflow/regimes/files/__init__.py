"""What is kept on disk, and whether it is still true."""
