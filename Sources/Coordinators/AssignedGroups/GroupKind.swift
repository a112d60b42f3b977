/// What kind of group an id stands for, under the names of ListGroups.
package enum GroupKind: String, Sendable {
  case classic, consumer, share
}
