"""A TCP proxy on loopback that makes a store slow or unreachable, and counts its bytes."""

import random
import socket
import threading
import time


class Proxy:
    """Forwards to one port.

    `delay` seconds pass before each answer; `refusing` closes at once; of what is asked, the share
    `losing` reaches the store and is carried out, but its answer is lost with the connection.
    """

    def __init__(self, target_port):
        self.target_port = target_port
        self.delay = 0.0
        self.refusing = False
        self.losing = 0.0
        self.random = random.Random(target_port)
        self.sent_down = 0  # bytes from the store to the broker
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target_port))
            for source, sink, down in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._copy, args=(source, sink, down), daemon=True).start()

    def _copy(self, source, sink, down):
        began = True  # the next bytes begin an answer
        try:
            while data := source.recv(1 << 16):
                if self.refusing:
                    break
                if down:
                    if began and self.random.random() < self.losing:
                        break
                    self.sent_down += len(data)
                    if began:
                        time.sleep(self.delay)
                    began = False
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def heal(self):
        """Lets everything pass again."""
        self.delay, self.refusing, self.losing = 0.0, False, 0.0

    def close(self):
        self.listener.close()
