"""Where a lake can lie: a directory, moto, or Ceph's radosgw."""

import pathlib
import subprocess
import sys
import urllib.request

import boto3
import botocore.config

from .processes import die_with_parent, free_port
from .waiting import wait_until

KEY, SECRET = "testkey", "testsecret0123456789"


class DirectoryStore:
    """file://, the embedded default."""

    name = "file"

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def properties(self, prefix):
        """Returns the broker properties that put a lake under `prefix`."""
        return {"lake.url": f"file://{self.directory}/{prefix}"}

    def names(self, prefix):
        """Returns the names of all objects below the prefix, without it."""
        root = self.directory / prefix
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())

    def read(self, prefix, name):
        return (self.directory / prefix / name).read_bytes()

    def url(self, prefix, name):
        return f"file://{self.directory}/{prefix}/{name}"

    def iceberg_properties(self):
        return {}

    def prepare_duckdb(self, connection):
        """Gives a DuckDB connection what it needs to read this store."""

    def stop(self):
        """Nothing runs."""


class S3Store:
    """A bucket behind an S3 endpoint on loopback."""

    bucket = "varve-test"

    def __init__(self, port):
        self.endpoint = f"http://127.0.0.1:{port}"
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def properties(self, prefix):
        return {
            "lake.url": f"s3://{self.bucket}/{prefix}",
            "lake.s3.endpoint": self.endpoint,
            "lake.s3.region": "us-east-1",
            "lake.s3.path.style": "true",
            "lake.s3.access.key.id": KEY,
            "lake.s3.secret.access.key": SECRET,
        }

    def names(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix + "/"
        )
        return sorted(
            item["Key"][len(prefix) + 1 :] for page in pages for item in page.get("Contents", [])
        )

    def read(self, prefix, name):
        return self.client.get_object(Bucket=self.bucket, Key=f"{prefix}/{name}")["Body"].read()

    def url(self, prefix, name):
        return f"s3://{self.bucket}/{prefix}/{name}"

    def iceberg_properties(self):
        return {
            "s3.endpoint": self.endpoint, "s3.region": "us-east-1", "s3.access-key-id": KEY,
            "s3.secret-access-key": SECRET, "s3.path-style-access": "true",
        }  # fmt: skip

    def prepare_duckdb(self, connection):
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{SECRET}', REGION 'us-east-1', "
            f"ENDPOINT '{self.endpoint.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )


class MotoStore(S3Store):
    """moto's S3, started and stopped here."""

    name = "moto"

    def __init__(self, directory):
        port = free_port()
        script = pathlib.Path(__file__).with_name("moto.py")
        with (pathlib.Path(directory) / "moto.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, script, str(port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
            )  # fmt: skip
        super().__init__(port)
        wait_until(self._answers, "moto", 30)
        self.client.create_bucket(Bucket=self.bucket)

    def _answers(self):
        try:
            return urllib.request.urlopen(f"{self.endpoint}/moto-api/", timeout=2).status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class RadosgwStore(S3Store):
    """A one-node Ceph with a RADOS gateway, started by tools/radosgw."""

    name = "radosgw"
    script = pathlib.Path(__file__).resolve().parents[3] / "tools/radosgw"

    def __init__(self, directory):
        self.directory = pathlib.Path(directory) / "ceph"
        port = free_port()
        subprocess.run(
            [self.script, "up", self.directory, str(port), KEY, SECRET], check=True, timeout=120
        )
        super().__init__(port)
        self.client.create_bucket(Bucket=self.bucket)

    def stop(self):
        subprocess.run([self.script, "down", self.directory], check=True, timeout=60)


ALL = {"file": DirectoryStore, "moto": MotoStore, "radosgw": RadosgwStore}
