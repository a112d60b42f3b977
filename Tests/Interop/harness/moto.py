"""moto's server, in which a conditional put is one step, as in S3.

usage: moto.py PORT

moto looks whether the key exists and stores the object without a lock in between, so under load two
of several racing creates can win, which no S3 allows.
"""

import sys
import threading


def serialise_puts():
    """Lets one put run at a time, in this process."""
    from moto.s3.responses import S3Response

    lock, put_object = threading.Lock(), S3Response.put_object

    def one_at_a_time(self):
        with lock:
            return put_object(self)

    S3Response.put_object = one_at_a_time


if __name__ == "__main__":
    # The folder of this file would hide the package of the same name.
    sys.path.pop(0)
    from moto import server

    serialise_puts()
    server.main(["-H", "127.0.0.1", "-p", sys.argv[1]])
