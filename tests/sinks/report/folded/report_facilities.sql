-- Late and missing reports (迟报瞒报) by who reports: late is {late_hours} h after it happened, quiet is {quiet_hours} h
-- without a report of stock; reports of the last thirty days, late ones since {since}. Keepers of the cold chain, who
-- report about consignments and not about an area's stock, are named where they reported late; their area is empty.
WITH
-- include: cut supply
,
-- include: cut coldchain
,
reports AS
(
    SELECT
        JSONExtractString(value, 'event', 'area') AS area,
        JSONExtractString(value, 'event', 'source') AS source,
        event_kind IN ('stock_received', 'stock_counted', 'stock_written_off', 'stock_transferred') AS of_stock,
        offset >= supply_cut.2[partition] AS is_new,
        at AS heard_at,
        dateDiff('second', occurred_at, at) / 3600 AS hours_late
    FROM ledger_records FINAL
    WHERE stage = 'supply' AND accepted AND kind = 'decided' AND offset < supply_cut.1[partition]
        AND at > {as_of:DateTime64(6, 'UTC')} - toIntervalDay(30)
        AND (event_kind IN ('stock_received', 'stock_counted', 'stock_written_off', 'stock_transferred')
            OR (offset >= supply_cut.2[partition]
                AND dateDiff('second', occurred_at, at) > 3600 * {late_hours:UInt16}))
    UNION ALL
    SELECT '', JSONExtractString(body, 'fact', 'source'), false, true, known_at, dateDiff('second', at, known_at) / 3600
    FROM coldchain_decisions FINAL
    WHERE type = 'fact_recorded' AND offset < coldchain_cut.1[partition] AND offset >= coldchain_cut.2[partition]
        AND dateDiff('second', at, known_at) > 3600 * {late_hours:UInt16}
)
SELECT
    area, source,
    countIf(is_new AND of_stock) AS stock_reports,
    countIf(is_new AND hours_late > {late_hours:UInt16}) AS late_reports,
    if(late_reports > 0, round(maxIf(hours_late, is_new), 1), NULL) AS worst_hours_late,
    maxOrNullIf(heard_at, of_stock) AS last_stock_report_at,
    if(last_stock_report_at IS NULL, NULL, round(greatest(dateDiff('second', last_stock_report_at,
        {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1)) AS quiet_for_hours,
    multiIf(quiet_for_hours > {quiet_hours:UInt16}, 'missing', late_reports > 0, 'late', 'in_time') AS state
FROM reports
WHERE source != '' AND
-- include: in_areas
GROUP BY area, source
ORDER BY indexOf(['missing', 'late', 'in_time'], state), quiet_for_hours DESC, area, source
