"""What the interop tests stand on: a broker process, object stores, clients, lake readers."""
