-- Silences that held at {as_of}.
WITH
-- include: cut alerts
SELECT silence_id, said.1 AS kind, said.2 AS subject, said.3 AS area, since, said.4 AS until, said.5 AS by, said.6 AS comment
FROM
(
    SELECT
        JSONExtractString(body, 'silence_id') AS silence_id,
        argMaxIf((JSONExtractString(body, 'alert_kind'), JSONExtractString(body, 'subject'), JSONExtractString(body, 'place'),
            parseDateTime64BestEffortOrNull(JSONExtractString(body, 'until'), 6, 'UTC'), JSONExtractString(body, 'by'),
            JSONExtractString(body, 'comment')), at, type = 'alert_silenced') AS said,
        maxIf(at, type = 'alert_silenced') AS since, maxIf(at, type = 'alert_unsilenced') AS ended_at
    FROM decisions FINAL
    WHERE stage = 'alerts' AND type IN ('alert_silenced', 'alert_unsilenced') AND offset < alerts_cut[partition]
    GROUP BY silence_id
)
WHERE until > {as_of:DateTime64(6, 'UTC')} AND since > ended_at AND
-- include: in_areas
ORDER BY until
LIMIT 200
