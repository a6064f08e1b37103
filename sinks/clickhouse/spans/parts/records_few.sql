-- The accepted records of the step, with when each became known: they were written at few times, which are named.
records AS
(
    SELECT *, {times:Array(DateTime64(6, 'UTC'))}[arrayLastIndex(first -> first <= offset, {firsts:Array(UInt64)})] AS known_at
    FROM ledger_records FINAL
    WHERE stage = {stage:String} AND partition = {partition:UInt32} AND accepted AND offset >= {lo:UInt64}
        AND offset < {hi:UInt64}
)
