-- Alerts at {as_of} in a state: open ones with what nobody acknowledged first, the rest newest first.
SELECT *
FROM
(
    SELECT
-- include: alert_columns
    FROM alert_spans FINAL
    WHERE {state:String} != 'resolved' AND ({state:String} = 'open' OR state = {state:String}) AND
-- include: at_that_time
        AND
-- include: alerts_chosen
    UNION ALL
    SELECT * FROM
    (
        SELECT
-- include: alert_columns
        FROM alert_spans
        WHERE {state:String} = 'resolved' AND state = 'resolved' AND valid_until <= {as_of:DateTime64(6, 'UTC')} AND
-- include: alerts_chosen
        ORDER BY changed_at DESC, alert_id
        LIMIT {limit:UInt32} OFFSET {skip:UInt32}
    )
)
ORDER BY over_at DESC, severity = 'critical' DESC, state = 'acknowledged', raised_at DESC, alert_id
LIMIT {limit:UInt32} OFFSET if({state:String} = 'resolved', 0, {skip:UInt32})
