-- The decisions of the step, with when each became known.
-- include: times
,
decided AS
(
    SELECT whole.*, t.known_at AS known_at
    FROM decisions AS whole FINAL
    INNER JOIN times AS t ON t.record = whole.offset
    WHERE whole.stage = {stage:String} AND whole.partition = {partition:UInt32}
        AND whole.offset >= {lo:UInt64} AND whole.offset < {hi:UInt64}
        AND whole.type IN {types:Array(String)}
)
