import Testing

@testable import Broker

struct DiskBudgetTests {
  @Test func `producers stop before they touch the reserve, however fast they are`() {
    let budget = DiskBudget()
    #expect(!budget.isUsedUp)
    #expect(!budget.renew(available: 1000, reserve: 600))
    budget.spend(399)
    #expect(!budget.isUsedUp)
    budget.spend(1)
    #expect(budget.isUsedUp)
    // What was appended is gone from the disk by the next look.
    #expect(budget.renew(available: 600, reserve: 600))
    #expect(budget.isUsedUp)
    #expect(!budget.renew(available: 601, reserve: 600))
    #expect(!budget.isUsedUp)
  }

  @Test func `the largest reserve stops producers, and none lets them go on`() {
    let budget = DiskBudget()
    #expect(budget.renew(available: 1 << 40, reserve: .max))
    #expect(!budget.renew(available: 1, reserve: 0))
    #expect(budget.renew(available: 0, reserve: 0))
  }

  @Test func `a full disk uses it up, whatever was left, until it begins anew`() {
    let budget = DiskBudget()
    _ = budget.renew(available: 1000, reserve: 0)
    #expect(!budget.takeRefusal())
    budget.useUp()
    #expect(budget.isUsedUp)
    #expect(budget.takeRefusal())
    #expect(!budget.takeRefusal())
    #expect(!budget.renew(available: 1000, reserve: 0))
    #expect(!budget.isUsedUp)
  }
}
