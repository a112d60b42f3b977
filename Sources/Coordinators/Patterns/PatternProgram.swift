/// A pattern as instructions of an automaton (Thompson's construction).
struct PatternProgram: Sendable {
  /// Bounds what one expression may cost: repetitions of repetitions grow fast.
  private static let maximumLength = 10_000

  private enum Instruction: Sendable {
    case take(ScalarSet)
    case fork(Int, Int)
    case jump(Int)
    case start
    case end
    case wordBoundary(Bool)
    case match
  }

  private var instructions: [Instruction] = []

  /// The most steps that one character of a name takes.
  var length: Int { instructions.count }

  init(_ node: PatternNode) throws(PatternError) {
    try emit(node)
    try add(.match)
  }

  // MARK: Building

  private mutating func add(_ instruction: Instruction) throws(PatternError) {
    guard instructions.count < Self.maximumLength else {
      throw PatternError("expression too large")
    }
    instructions.append(instruction)
  }

  private mutating func emit(_ node: PatternNode) throws(PatternError) {
    switch node {
    case .nothing: break
    case .one(let set): try add(.take(set))
    case .start: try add(.start)
    case .end: try add(.end)
    case .wordBoundary(let isOne): try add(.wordBoundary(isOne))
    case .sequence(let nodes): for node in nodes { try emit(node) }
    case .choice(let nodes): try emit(choice: nodes[...])
    case .repetition(let node, let least, let most):
      let start = instructions.count
      for _ in 0..<least {
        try emit(node)
        // Nothing, a thousand times a thousand times, is nothing.
        if instructions.count == start { return }
      }
      if let most {
        try emit(optional: node, times: most - least)
      } else {
        try emitLoop(node)
      }
    }
  }

  private mutating func emit(choice nodes: ArraySlice<PatternNode>) throws(PatternError) {
    guard let first = nodes.first else { return }
    guard nodes.count > 1 else { return try emit(first) }
    let fork = instructions.count
    try add(.fork(fork + 1, 0))
    try emit(first)
    let jump = instructions.count
    try add(.jump(0))
    instructions[fork] = .fork(fork + 1, instructions.count)
    try emit(choice: nodes.dropFirst())
    instructions[jump] = .jump(instructions.count)
  }

  private mutating func emit(optional node: PatternNode, times: Int) throws(PatternError) {
    var forks: [Int] = []
    for _ in 0..<times {
      forks.append(instructions.count)
      try add(.fork(0, 0))
      try emit(node)
    }
    for fork in forks { instructions[fork] = .fork(fork + 1, instructions.count) }
  }

  private mutating func emitLoop(_ node: PatternNode) throws(PatternError) {
    let fork = instructions.count
    try add(.fork(0, 0))
    try emit(node)
    try add(.jump(fork))
    instructions[fork] = .fork(fork + 1, instructions.count)
  }

  // MARK: Matching

  func matches(_ name: [UInt32]) -> Bool {
    var states = States(capacity: instructions.count)
    var next = States(capacity: instructions.count)
    enter(0, at: 0, of: name, &states)
    for (position, code) in name.enumerated() {
      next.removeAll()
      for state in states.list {
        if case .take(let set) = instructions[state], set.contains(code) {
          enter(state + 1, at: position + 1, of: name, &next)
        }
      }
      swap(&states, &next)
      if states.list.isEmpty { return false }
    }
    return states.contains(instructions.count - 1)
  }

  /// Adds a state and all that it leads to without taking a character.
  private func enter(_ first: Int, at position: Int, of name: [UInt32], _ states: inout States) {
    var waiting = [first]
    while let state = waiting.popLast() {
      guard states.insert(state) else { continue }
      switch instructions[state] {
      case .take, .match: break
      case .jump(let target): waiting.append(target)
      case .fork(let one, let other): waiting += [one, other]
      case .start: if position == 0 { waiting.append(state + 1) }
      case .end: if position == name.count { waiting.append(state + 1) }
      case .wordBoundary(let wanted):
        let before = position > 0 && ScalarSet.words.contains(name[position - 1])
        let after = position < name.count && ScalarSet.words.contains(name[position])
        if (before != after) == wanted { waiting.append(state + 1) }
      }
    }
  }

  /// Instruction numbers, each once.
  private struct States {
    private(set) var list: [Int] = []
    private var isIn: [Bool]

    init(capacity: Int) { isIn = Array(repeating: false, count: capacity) }

    func contains(_ state: Int) -> Bool { isIn[state] }

    mutating func insert(_ state: Int) -> Bool {
      if isIn[state] { return false }
      isIn[state] = true
      list.append(state)
      return true
    }

    mutating func removeAll() {
      for state in list { isIn[state] = false }
      list.removeAll(keepingCapacity: true)
    }
  }
}
