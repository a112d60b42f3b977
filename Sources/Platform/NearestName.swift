/// The candidate that looks most like `name`, for "did you mean"; nil when none is close
/// (an edit distance above a third of the longer name, at least 2).
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  var best: (distance: Int, name: String)?
  for candidate in candidates {
    let distance = editDistance(Array(name.utf8), Array(candidate.utf8))
    let limit = max(2, max(name.utf8.count, candidate.utf8.count) / 3)
    guard distance <= limit else { continue }
    if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.name
}

/// Levenshtein's distance: insertions, deletions and replacements of one byte.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var previous = Array(0...b.count)
  for (row, left) in a.enumerated() {
    var current = [row + 1]
    current.reserveCapacity(b.count + 1)
    for (column, right) in b.enumerated() {
      let replaced = previous[column] + (left == right ? 0 : 1)
      current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[b.count]
}
