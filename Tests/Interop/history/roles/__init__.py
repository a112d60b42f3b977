"""What the client processes do, each until it is told to stop or is killed."""
