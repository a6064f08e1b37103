-- Late and missing reports (迟报瞒报) by who reports: late is {late_hours} h after it happened, quiet is {quiet_hours} h
-- without a report of stock; reports of the last thirty days, late ones since {since}. Keepers of the cold chain, who
-- report about consignments and not about an area's stock, are named where they reported late; their area is empty.
WITH
stock AS
(
    SELECT area, source, sum(count) AS reports, maxIf(last_at, is_now) AS last
    FROM
    (
        SELECT area, source, toInt64(reports) AS count, last_at, true AS is_now FROM facility_spans FINAL
        PREWHERE
-- include: at_that_time
        UNION ALL
        SELECT area, source, -toInt64(reports), last_at, false FROM facility_spans FINAL
        PREWHERE valid_from <= {since:DateTime64(6, 'UTC')} AND valid_until > {since:DateTime64(6, 'UTC')}
    )
    WHERE
-- include: in_areas
    GROUP BY area, source
    HAVING last > {as_of:DateTime64(6, 'UTC')} - toIntervalDay(30)
),
late AS
(
    SELECT area, source, count() AS reports, max(late_s) / 3600 AS worst
    FROM late_reports FINAL
    WHERE known_at > {since:DateTime64(6, 'UTC')} AND known_at <= {as_of:DateTime64(6, 'UTC')}
        AND late_s > 3600 * {late_hours:UInt16} AND
-- include: in_areas
    GROUP BY area, source
)
SELECT
    if(s.source = '', l.area, s.area) AS area, if(s.source = '', l.source, s.source) AS source,
    s.reports AS stock_reports,
    l.reports AS late_reports,
    if(late_reports > 0, round(l.worst, 1), NULL) AS worst_hours_late,
    if(s.source = '', NULL, s.last) AS last_stock_report_at,
    if(last_stock_report_at IS NULL, NULL, round(greatest(dateDiff('second', last_stock_report_at,
        {as_of:DateTime64(6, 'UTC')}), 0) / 3600, 1)) AS quiet_for_hours,
    multiIf(quiet_for_hours > {quiet_hours:UInt16}, 'missing', late_reports > 0, 'late', 'in_time') AS state
FROM stock AS s
FULL OUTER JOIN late AS l ON l.area = s.area AND l.source = s.source
ORDER BY indexOf(['missing', 'late', 'in_time'], state), quiet_for_hours DESC, area, source
