"""A history checker: clients and broker are killed at random while every operation is recorded.

Plain and transactional producers, rivals for a transactional id, copiers (consume, transform,
produce), groups, readers and a SQL reader work at once. `test_history.py` runs it, short in every
check and long with --full; a failure prints the seed, the broken rules and the pieces of the
history that tell the story. HISTORY_DEBUG=1 makes transactional clients write what they do.

    recording      what each process invoked and was answered, in a file that survives its death
    identity       records that tell who wrote them, and digests of what readers get
    senders        idempotent producers of three client libraries behind one face
    transactors    the same with transactions
    transacting    transactions that write everything down, and successors of hanging clients
    fetchers       consumers, likewise
    tables         the Iceberg tables as DuckDB reads them
    roles          what the client processes do; `worker` is their entry
    workers        client processes: started again after each kill, under a new name
    faults         the seeded schedule of kills, pauses and store trouble, and its execution
    run            one run: load, faults, healing, final reads, check
    model          the recorded events as sends, transactions, sessions and commits
    rules_*        what must hold, one function a rule: pure, from model to violations
    checking       all rules, and the report
    summary        what a run has shown
    story          histories written by hand, for the tests of the rules
"""
