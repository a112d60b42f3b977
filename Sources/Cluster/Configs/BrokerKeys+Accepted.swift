extension BrokerKeys {
  /// Kafka's other broker configs, with Kafka 4.2's defaults: a file that has them is taken, and
  /// one warning at start names those that were set and change nothing here.
  static let accepted: [ConfigKey] = acceptedDefaults.split(separator: "\n").map { line in
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let value = parts[1] == "null" ? nil : String(parts[1])
    return ConfigKey(
      name, secrets.contains(name) ? .password : kind(of: name, value), value, acts: false,
      "Kafka's; taken, without effect here.")
  }

  /// The kind that a default shows, or where there is none the name.
  private static func kind(of name: String, _ value: String?) -> ConfigKey.Kind {
    guard let value else { return name.hasSuffix(".ms") ? .long : .string }
    if value == "true" || value == "false" { return .boolean }
    if let number = Int64(value) { return Int32(exactly: number) == nil ? .long : .int }
    return Double(value) == nil ? .string : .double
  }

  /// What is never shown, although it has no effect: files of other brokers hold real ones.
  private static let secrets: Set<String> = [
    "delegation.token.secret.key", "sasl.jaas.config",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.client.credentials.client.secret", "ssl.key.password",
    "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.password",
    "ssl.truststore.certificates", "ssl.truststore.password",
  ]

  private static let acceptedDefaults = """
    add.partitions.to.txn.retry.backoff.max.ms=100
    add.partitions.to.txn.retry.backoff.ms=20
    alter.config.policy.class.name=null
    alter.log.dirs.replication.quota.window.num=11
    alter.log.dirs.replication.quota.window.size.seconds=1
    authorizer.class.name=
    auto.leader.rebalance.enable=true
    broker.heartbeat.interval.ms=2000
    broker.session.timeout.ms=9000
    client.quota.callback.class=null
    compression.gzip.level=-1
    compression.lz4.level=9
    compression.zstd.level=3
    connection.failed.authentication.delay.ms=100
    connections.max.reauth.ms=0
    controlled.shutdown.enable=true
    create.topic.policy.class.name=null
    delegation.token.expiry.check.interval.ms=3600000
    delegation.token.expiry.time.ms=86400000
    delegation.token.max.lifetime.ms=604800000
    delegation.token.secret.key=null
    delete.records.purgatory.purge.interval.requests=1
    early.start.listeners=null
    fetch.purgatory.purge.interval.requests=1000
    follower.replication.throttled.rate=9223372036854775807
    group.coordinator.append.linger.ms=5
    group.coordinator.rebalance.protocols=classic,consumer,streams
    group.coordinator.threads=4
    group.streams.heartbeat.interval.ms=5000
    group.streams.max.heartbeat.interval.ms=15000
    group.streams.max.session.timeout.ms=60000
    group.streams.max.size=2147483647
    group.streams.max.standby.replicas=2
    group.streams.min.heartbeat.interval.ms=5000
    group.streams.min.session.timeout.ms=45000
    group.streams.num.standby.replicas=0
    group.streams.session.timeout.ms=45000
    initial.broker.registration.timeout.ms=60000
    inter.broker.listener.name=PLAINTEXT
    kafka.metrics.polling.interval.secs=10
    kafka.metrics.reporters=
    leader.imbalance.check.interval.seconds=300
    leader.replication.throttled.rate=9223372036854775807
    listener.security.protocol.map=\
    CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
    log.dir.failure.timeout.ms=30000
    log.flush.interval.messages=9223372036854775807
    log.flush.interval.ms=null
    log.flush.scheduler.interval.ms=9223372036854775807
    log.flush.start.offset.checkpoint.interval.ms=60000
    log.preallocate=false
    log.roll.jitter.hours=0
    log.roll.jitter.ms=null
    metadata.log.dir=null
    metadata.log.max.record.bytes.between.snapshots=20971520
    metadata.log.max.snapshot.interval.ms=3600000
    metadata.log.segment.bytes=1073741824
    metadata.log.segment.ms=604800000
    metadata.max.idle.interval.ms=500
    metadata.max.retention.bytes=104857600
    metadata.max.retention.ms=604800000
    metric.reporters=org.apache.kafka.common.metrics.JmxReporter
    metrics.num.samples=2
    metrics.recording.level=INFO
    metrics.sample.window.ms=30000
    num.io.threads=8
    num.recovery.threads.per.data.dir=1
    num.replica.alter.log.dirs.threads=null
    num.replica.fetchers=1
    offsets.commit.timeout.ms=5000
    offsets.load.buffer.size=5242880
    offsets.topic.compression.codec=0
    offsets.topic.replication.factor=1
    principal.builder.class=\
    org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder
    producer.purgatory.purge.interval.requests=1000
    remote.log.index.file.cache.total.size.bytes=1073741824
    remote.log.manager.copier.thread.pool.size=10
    remote.log.manager.copy.max.bytes.per.second=9223372036854775807
    remote.log.manager.copy.quota.window.num=11
    remote.log.manager.copy.quota.window.size.seconds=1
    remote.log.manager.expiration.thread.pool.size=10
    remote.log.manager.fetch.max.bytes.per.second=9223372036854775807
    remote.log.manager.fetch.quota.window.num=11
    remote.log.manager.fetch.quota.window.size.seconds=1
    remote.log.manager.task.interval.ms=30000
    remote.log.manager.thread.pool.size=2
    remote.log.metadata.custom.metadata.max.bytes=128
    remote.log.metadata.manager.class.name=\
    org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager
    remote.log.metadata.manager.class.path=null
    remote.log.metadata.manager.impl.prefix=rlmm.config.
    remote.log.metadata.manager.listener.name=null
    remote.log.reader.threads=10
    remote.log.storage.manager.class.name=null
    remote.log.storage.manager.class.path=null
    remote.log.storage.manager.impl.prefix=rsm.config.
    remote.log.storage.system.enable=false
    replica.alter.log.dirs.io.max.bytes.per.second=9223372036854775807
    replica.fetch.backoff.ms=1000
    replica.fetch.max.bytes=1048576
    replica.fetch.min.bytes=1
    replica.fetch.response.max.bytes=10485760
    replica.fetch.wait.max.ms=500
    replica.high.watermark.checkpoint.interval.ms=5000
    replica.lag.time.max.ms=30000
    replica.selector.class=null
    replica.socket.receive.buffer.bytes=65536
    replica.socket.timeout.ms=30000
    replication.quota.window.num=11
    replication.quota.window.size.seconds=1
    request.timeout.ms=30000
    sasl.client.callback.handler.class=null
    sasl.enabled.mechanisms=GSSAPI
    sasl.jaas.config=null
    sasl.kerberos.kinit.cmd=/usr/bin/kinit
    sasl.kerberos.min.time.before.relogin=60000
    sasl.kerberos.principal.to.local.rules=DEFAULT
    sasl.kerberos.service.name=null
    sasl.kerberos.ticket.renew.jitter=0.05
    sasl.kerberos.ticket.renew.window.factor=0.8
    sasl.login.callback.handler.class=null
    sasl.login.class=null
    sasl.login.connect.timeout.ms=null
    sasl.login.read.timeout.ms=null
    sasl.login.refresh.buffer.seconds=300
    sasl.login.refresh.min.period.seconds=60
    sasl.login.refresh.window.factor=0.8
    sasl.login.refresh.window.jitter=0.05
    sasl.login.retry.backoff.max.ms=10000
    sasl.login.retry.backoff.ms=100
    sasl.mechanism.controller.protocol=GSSAPI
    sasl.mechanism.inter.broker.protocol=GSSAPI
    sasl.oauthbearer.assertion.algorithm=RS256
    sasl.oauthbearer.assertion.claim.aud=null
    sasl.oauthbearer.assertion.claim.exp.seconds=300
    sasl.oauthbearer.assertion.claim.iss=null
    sasl.oauthbearer.assertion.claim.jti.include=false
    sasl.oauthbearer.assertion.claim.nbf.seconds=60
    sasl.oauthbearer.assertion.claim.sub=null
    sasl.oauthbearer.assertion.file=null
    sasl.oauthbearer.assertion.private.key.file=null
    sasl.oauthbearer.assertion.private.key.passphrase=null
    sasl.oauthbearer.assertion.template.file=null
    sasl.oauthbearer.client.credentials.client.id=null
    sasl.oauthbearer.client.credentials.client.secret=null
    sasl.oauthbearer.clock.skew.seconds=30
    sasl.oauthbearer.expected.audience=null
    sasl.oauthbearer.expected.issuer=null
    sasl.oauthbearer.jwks.endpoint.refresh.ms=3600000
    sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms=10000
    sasl.oauthbearer.jwks.endpoint.retry.backoff.ms=100
    sasl.oauthbearer.jwks.endpoint.url=null
    sasl.oauthbearer.jwt.retriever.class=\
    org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever
    sasl.oauthbearer.jwt.validator.class=\
    org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator
    sasl.oauthbearer.scope=null
    sasl.oauthbearer.scope.claim.name=scope
    sasl.oauthbearer.sub.claim.name=sub
    sasl.oauthbearer.token.endpoint.url=null
    sasl.server.callback.handler.class=null
    sasl.server.max.receive.size=524288
    security.inter.broker.protocol=PLAINTEXT
    security.providers=null
    share.coordinator.append.linger.ms=5
    share.coordinator.load.buffer.size=5242880
    share.coordinator.state.topic.compression.codec=0
    share.coordinator.state.topic.min.isr=1
    share.coordinator.state.topic.replication.factor=1
    share.coordinator.threads=1
    share.coordinator.write.timeout.ms=5000
    share.fetch.purgatory.purge.interval.requests=1000
    socket.connection.setup.timeout.max.ms=30000
    socket.connection.setup.timeout.ms=10000
    ssl.allow.dn.changes=false
    ssl.allow.san.changes=false
    ssl.cipher.suites=
    ssl.client.auth=none
    ssl.enabled.protocols=TLSv1.2,TLSv1.3
    ssl.endpoint.identification.algorithm=https
    ssl.engine.factory.class=null
    ssl.key.password=null
    ssl.keymanager.algorithm=SunX509
    ssl.keystore.certificate.chain=null
    ssl.keystore.key=null
    ssl.keystore.location=null
    ssl.keystore.password=null
    ssl.keystore.type=JKS
    ssl.principal.mapping.rules=DEFAULT
    ssl.protocol=TLSv1.3
    ssl.provider=null
    ssl.secure.random.implementation=null
    ssl.trustmanager.algorithm=PKIX
    ssl.truststore.certificates=null
    ssl.truststore.location=null
    ssl.truststore.password=null
    ssl.truststore.type=JKS
    transaction.state.log.load.buffer.size=5242880
    transaction.state.log.min.isr=1
    transaction.state.log.replication.factor=1
    transaction.two.phase.commit.enable=false
    unclean.leader.election.enable=false
    """
}
