/// What went wrong with a request, or with one topic or partition of it: Kafka's numbers and names
/// (Kafka 4.2, `org.apache.kafka.common.protocol.Errors`).
package enum ErrorCode: Int16, CaseIterable, Error, Hashable, Sendable {
  case unknownServerError = -1
  case none = 0
  case offsetOutOfRange = 1
  case corruptMessage = 2
  case unknownTopicOrPartition = 3
  case invalidFetchSize = 4
  case leaderNotAvailable = 5
  case notLeaderOrFollower = 6
  case requestTimedOut = 7
  case brokerNotAvailable = 8
  case replicaNotAvailable = 9
  case messageTooLarge = 10
  case staleControllerEpoch = 11
  case offsetMetadataTooLarge = 12
  case networkException = 13
  case coordinatorLoadInProgress = 14
  case coordinatorNotAvailable = 15
  case notCoordinator = 16
  case invalidTopicException = 17
  case recordListTooLarge = 18
  case notEnoughReplicas = 19
  case notEnoughReplicasAfterAppend = 20
  case invalidRequiredAcks = 21
  case illegalGeneration = 22
  case inconsistentGroupProtocol = 23
  case invalidGroupID = 24
  case unknownMemberID = 25
  case invalidSessionTimeout = 26
  case rebalanceInProgress = 27
  case invalidCommitOffsetSize = 28
  case topicAuthorizationFailed = 29
  case groupAuthorizationFailed = 30
  case clusterAuthorizationFailed = 31
  case invalidTimestamp = 32
  case unsupportedSASLMechanism = 33
  case illegalSASLState = 34
  case unsupportedVersion = 35
  case topicAlreadyExists = 36
  case invalidPartitions = 37
  case invalidReplicationFactor = 38
  case invalidReplicaAssignment = 39
  case invalidConfig = 40
  case notController = 41
  case invalidRequest = 42
  case unsupportedForMessageFormat = 43
  case policyViolation = 44
  case outOfOrderSequenceNumber = 45
  case duplicateSequenceNumber = 46
  case invalidProducerEpoch = 47
  case invalidTxnState = 48
  case invalidProducerIDMapping = 49
  case invalidTransactionTimeout = 50
  case concurrentTransactions = 51
  case transactionCoordinatorFenced = 52
  case transactionalIDAuthorizationFailed = 53
  case securityDisabled = 54
  case operationNotAttempted = 55
  case kafkaStorageError = 56
  case logDirNotFound = 57
  case saslAuthenticationFailed = 58
  case unknownProducerID = 59
  case reassignmentInProgress = 60
  case delegationTokenAuthDisabled = 61
  case delegationTokenNotFound = 62
  case delegationTokenOwnerMismatch = 63
  case delegationTokenRequestNotAllowed = 64
  case delegationTokenAuthorizationFailed = 65
  case delegationTokenExpired = 66
  case invalidPrincipalType = 67
  case nonEmptyGroup = 68
  case groupIDNotFound = 69
  case fetchSessionIDNotFound = 70
  case invalidFetchSessionEpoch = 71
  case listenerNotFound = 72
  case topicDeletionDisabled = 73
  case fencedLeaderEpoch = 74
  case unknownLeaderEpoch = 75
  case unsupportedCompressionType = 76
  case staleBrokerEpoch = 77
  case offsetNotAvailable = 78
  case memberIDRequired = 79
  case preferredLeaderNotAvailable = 80
  case groupMaxSizeReached = 81
  case fencedInstanceID = 82
  case eligibleLeadersNotAvailable = 83
  case electionNotNeeded = 84
  case noReassignmentInProgress = 85
  case groupSubscribedToTopic = 86
  case invalidRecord = 87
  case unstableOffsetCommit = 88
  case throttlingQuotaExceeded = 89
  case producerFenced = 90
  case resourceNotFound = 91
  case duplicateResource = 92
  case unacceptableCredential = 93
  case inconsistentVoterSet = 94
  case invalidUpdateVersion = 95
  case featureUpdateFailed = 96
  case principalDeserializationFailure = 97
  case snapshotNotFound = 98
  case positionOutOfRange = 99
  case unknownTopicID = 100
  case duplicateBrokerRegistration = 101
  case brokerIDNotRegistered = 102
  case inconsistentTopicID = 103
  case inconsistentClusterID = 104
  case transactionalIDNotFound = 105
  case fetchSessionTopicIDError = 106
  case ineligibleReplica = 107
  case newLeaderElected = 108
  case offsetMovedToTieredStorage = 109
  case fencedMemberEpoch = 110
  case unreleasedInstanceID = 111
  case unsupportedAssignor = 112
  case staleMemberEpoch = 113
  case mismatchedEndpointType = 114
  case unsupportedEndpointType = 115
  case unknownControllerID = 116
  case unknownSubscriptionID = 117
  case telemetryTooLarge = 118
  case invalidRegistration = 119
  case transactionAbortable = 120
  case invalidRecordState = 121
  case shareSessionNotFound = 122
  case invalidShareSessionEpoch = 123
  case fencedStateEpoch = 124
  case invalidVoterKey = 125
  case duplicateVoter = 126
  case voterNotFound = 127
  case invalidRegularExpression = 128
  case rebootstrapRequired = 129
  case streamsInvalidTopology = 130
  case streamsInvalidTopologyEpoch = 131
  case streamsTopologyFenced = 132
  case shareSessionLimitReached = 133

  /// Whether a client that asks again, perhaps after fetching new metadata, may succeed.
  package var isRetriable: Bool {
    switch self {
    case .corruptMessage, .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower,
      .requestTimedOut, .replicaNotAvailable, .networkException, .coordinatorLoadInProgress,
      .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas,
      .notEnoughReplicasAfterAppend, .notController, .concurrentTransactions,
      .kafkaStorageError, .fetchSessionIDNotFound, .invalidFetchSessionEpoch,
      .listenerNotFound, .fencedLeaderEpoch, .unknownLeaderEpoch, .offsetNotAvailable,
      .preferredLeaderNotAvailable, .eligibleLeadersNotAvailable, .electionNotNeeded,
      .unstableOffsetCommit, .throttlingQuotaExceeded, .unknownTopicID, .inconsistentTopicID,
      .fetchSessionTopicIDError, .shareSessionNotFound, .invalidShareSessionEpoch,
      .shareSessionLimitReached:
      true
    default:
      false
    }
  }
}

extension ErrorCode {
  /// Kafka's name, such as `OFFSET_OUT_OF_RANGE`: for log lines and tests, not for hot paths.
  package var name: String {
    let letters = Array("\(self)")
    var name = ""
    for (index, letter) in letters.enumerated() {
      if index > 0, letter.isUppercase {
        let startsWord = index + 1 < letters.count && letters[index + 1].isLowercase
        if letters[index - 1].isLowercase || startsWord { name.append("_") }
      }
      name.append(contentsOf: letter.uppercased())
    }
    return name
  }
}
