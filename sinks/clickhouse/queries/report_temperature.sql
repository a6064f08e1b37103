-- What loggers said since {since}, by temperature profile: readings, out of range, late; gaps, warnings, faulty sensors.
WITH
-- include: consignments_told
SELECT
    c.profile AS profile,
    countIf(d.readings > 0) AS loggers,
    sum(d.readings) AS readings,
    sum(d.out_of_range) AS out_of_range,
    sum(d.late_readings) AS late_readings,
    sum(d.gaps) AS gaps,
    sum(d.warnings) AS warnings,
    sum(d.sensor_flags) AS sensor_flags
FROM
(
    SELECT
        partition, consignment_id, logger_id,
        countIf(type = 'reading_recorded') AS readings,
        countIf(type = 'reading_recorded' AND out) AS out_of_range,
        countIf(type = 'reading_recorded' AND late) AS late_readings,
        countIf(type = 'gap_found') AS gaps,
        countIf(type = 'warning_raised') AS warnings,
        countIf(type = 'sensor_flagged') AS sensor_flags
    FROM logger_facts FINAL
    WHERE known_at > {since:DateTime64(6, 'UTC')} AND known_at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: consignment_in_areas consignment_id
    GROUP BY partition, consignment_id, logger_id
) AS d
INNER JOIN
(
    SELECT partition, consignment_id, profile FROM consignment_spans FINAL WHERE
-- include: at_that_time
) AS c ON c.partition = d.partition AND c.consignment_id = d.consignment_id
GROUP BY profile
ORDER BY profile
