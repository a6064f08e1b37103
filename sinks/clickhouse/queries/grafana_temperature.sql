-- Readings of a consignment's loggers, degrees Celsius; the coldest and warmest where a step holds several.
SELECT
    toStartOfInterval(at, toIntervalSecond({step_s:UInt32})) AS time,
    logger_id AS logger,
    min(celsius) AS coldest,
    max(celsius) AS warmest
FROM coldchain_decisions FINAL
WHERE type = 'reading_recorded' AND consignment_id = {consignment:String}
    AND at > {since:DateTime64(6, 'UTC')} AND at <= {as_of:DateTime64(6, 'UTC')}
GROUP BY time, logger
ORDER BY time, logger
