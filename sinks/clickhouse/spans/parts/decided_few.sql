-- The decisions of the step, with when each became known: records were written at few times, which are named.
decided AS
(
    SELECT *, {times:Array(DateTime64(6, 'UTC'))}[arrayLastIndex(first -> first <= offset, {firsts:Array(UInt64)})] AS known_at
    FROM decisions FINAL
    WHERE stage = {stage:String} AND partition = {partition:UInt32} AND offset >= {lo:UInt64} AND offset < {hi:UInt64}
        AND type IN {types:Array(String)}
)
