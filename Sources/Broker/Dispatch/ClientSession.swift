import KafkaProtocol
import Net

/// What the broker remembers of one connection. Touched on its loop's thread only.
final class ClientSession {
  /// What the quotas allow, while there are any.
  var quota: ClientQuota?
  /// What the client is, as it said with ApiVersions (KIP-511); empty when it did not.
  private(set) var softwareName = ""
  private(set) var softwareVersion = ""
  /// Fetches of the connection that wait; few, and no more than replies may be owed.
  private var waiting: [ParkedFetch] = []
  /// Ends the share sessions that belong to the connection; nil while it never had one.
  var endShareSessions: (() -> Void)?

  /// The longest name or version that is kept.
  private static let maximumSoftwareBytes = 256

  /// Remembers what the client says it is, unless that is of unreasonable length.
  func identify(softwareName: String, softwareVersion: String) {
    guard softwareName.utf8.count <= Self.maximumSoftwareBytes,
      softwareVersion.utf8.count <= Self.maximumSoftwareBytes
    else { return }
    self.softwareName = softwareName
    self.softwareVersion = softwareVersion
  }

  /// Ends the fetch with the connection, if that ends first.
  func began(waiting fetch: ParkedFetch) { waiting.append(fetch) }

  /// The fetch does not wait any more.
  func ended(waiting fetch: ParkedFetch) { waiting.removeAll { $0 === fetch } }

  /// The connection is gone: what waits for it is let go, however long it meant to wait.
  func closed() {
    endShareSessions?()
    endShareSessions = nil
    let left = waiting
    waiting = []
    for fetch in left { fetch.expire() }
  }

  /// The session of a connection, made when it is first wanted.
  static func of(_ connection: Connection) -> ClientSession {
    if let session = connection.state as? ClientSession { return session }
    let session = ClientSession()
    connection.state = session
    return session
  }
}
