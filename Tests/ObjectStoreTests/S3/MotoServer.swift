import Foundation
import Platform

@testable import ObjectStore

/// A moto server on a free port, in a process that ends with this one.
///
/// It has a bucket `lake` and a user with every right, and checks signatures from then on.
final class MotoServer: Sendable {
  /// One for all tests; nil when it does not start, which fails them.
  static let shared: MotoServer? = MotoServer()

  let endpoint: String
  let credentials: S3Credentials
  /// Closing it, or dying with it, ends the server.
  private let lifeline: FileHandle

  private init?() {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../..").standardized.path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: root + "/.deps/venv/bin/python")
    process.arguments = ["-c", Self.script, root + "/Tests/Interop/harness/moto.py"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n") {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      line += more
    }
    let words = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ")
    guard words.count == 3 else { return nil }
    endpoint = String(words[0])
    credentials = S3Credentials(
      accessKeyID: String(words[1]), secretAccessKey: String(words[2]))
    lifeline = input.fileHandleForWriting
  }

  private static let script = """
    from json import dumps
    from logging import ERROR, getLogger
    from os import _exit, environ
    from runpy import run_path
    from sys import argv, stdin
    environ.update(AWS_ACCESS_KEY_ID="setup", AWS_SECRET_ACCESS_KEY="setup")
    getLogger("werkzeug").setLevel(ERROR)
    from boto3 import client
    from moto import settings
    from moto.server import ThreadedMotoServer

    run_path(argv[1])["serialise_puts"]()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    iam = client("iam", endpoint_url=endpoint, region_name="us-east-1")
    iam.create_user(UserName="varve")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName="varve", PolicyName="all",
        PolicyDocument=dumps({"Version": "2012-10-17", "Statement": [everything]}))
    key = iam.create_access_key(UserName="varve")["AccessKey"]
    s3 = client("s3", endpoint_url=endpoint, region_name="us-east-1")
    s3.create_bucket(Bucket="lake")
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    print(endpoint, key["AccessKeyId"], key["SecretAccessKey"], flush=True)
    stdin.read()
    _exit(0)
    """
}
