-- Alerts, silences, the duty roster and who looked at which household: the ledger of the alert stage as tables.
-- One row an alert and episode, kept as rows come in; each column is the greatest, or the set, of what decisions say.

CREATE TABLE IF NOT EXISTS alert_states $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    alert_id String COMMENT 'The one id of a kind and subject' CODEC(ZSTD(1)),
    episode UInt32 COMMENT 'How often this kind and subject was raised, from 1',
    kind SimpleAggregateFunction(max, String) COMMENT 'What it is about, such as need_overdue',
    subject SimpleAggregateFunction(max, String) COMMENT 'Id of what it is about' CODEC(ZSTD(1)),
    place SimpleAggregateFunction(max, String) COMMENT 'Grid or area; empty: the whole city',
    since SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When what it says began' CODEC(Delta, ZSTD(1)),
    raised_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When it was raised' CODEC(Delta, ZSTD(1)),
    resolved_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'When it was over; 1970: open' CODEC(Delta, ZSTD(1)),
    resolved_reason SimpleAggregateFunction(max, String) COMMENT 'Why it was over; empty: open',
    flapping SimpleAggregateFunction(max, UInt8) COMMENT 'Raised so often lately that it stays open until it was quiet for a while',
    changes SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime64(6, 'UTC'), offset UInt64, idx UInt32,
        what String, severity String, level String, owner String, by String, comment String, silenced Bool, detail String)))
        COMMENT 'Everything that was decided about it' CODEC(ZSTD(1))
)
ENGINE = $aggregating
PARTITION BY partition
ORDER BY (alert_id, episode, partition)
SETTINGS $window
COMMENT 'Every alert and episode with its whole story in one row; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS alert_states_of_decisions $on_cluster TO alert_states AS
WITH JSONExtract(body, 'Tuple(alert_id String, episode UInt32, kind String, subject String, place String, since String,
    severity String, level String, owner String, by String, comment String, reason String, flapping Bool,
    silenced Bool)') AS d
SELECT
    partition,
    d.alert_id AS alert_id,
    d.episode AS episode,
    d.kind AS kind,
    d.subject AS subject,
    d.place AS place,
    ifNull(parseDateTime64BestEffortOrNull(d.since, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS since,
    if(type = 'alert_raised', at, toDateTime64(0, 6, 'UTC')) AS raised_at,
    if(type = 'alert_resolved', at, toDateTime64(0, 6, 'UTC')) AS resolved_at,
    if(type = 'alert_resolved', d.reason, '') AS resolved_reason,
    toUInt8(d.flapping) AS flapping,
    [(at, offset, idx, replaceOne(type, 'alert_', ''), d.severity, d.level, d.owner, d.by, d.comment, d.silenced,
        JSONExtractRaw(body, 'detail'))] AS changes
FROM decisions
WHERE stage = 'alerts' AND type IN ('alert_raised', 'alert_changed', 'alert_acknowledged', 'alert_escalated',
    'alert_handed_over', 'alert_muted', 'alert_resolved');

CREATE OR REPLACE VIEW alerts $on_cluster AS
SELECT
    alert_id, episode, kind, subject, place,
    multiIf(resolved_at > toDateTime64(0, 6, 'UTC'), 'resolved',
        arrayExists(change -> change.what = 'acknowledged', story), 'acknowledged',
        arrayExists(change -> change.what = 'escalated', story), 'escalated', 'raised') AS state,
    arrayLast(change -> change.severity != '', story).severity AS severity,
    arrayLast(change -> change.level != '', story).level AS level,
    arrayLast(change -> change.what IN ('raised', 'escalated', 'handed_over'), story).owner AS owner,
    since, raised_at,
    if(empty(said), NULL, said[1].at) AS acknowledged_at,
    said[-1].by AS acknowledged_by,
    said[-1].comment AS comment,
    arrayMap(change -> (change.at, change.by, change.comment), said)
        ::Array(Tuple(at DateTime64(6, 'UTC'), by String, comment String)) AS comments,
    if(resolved_at > toDateTime64(0, 6, 'UTC'), resolved_at, NULL) AS resolved_at,
    resolved_reason,
    flapping = 1 AS flapping,
    arrayLast(change -> change.what IN ('raised', 'muted'), story).silenced AS silenced,
    arrayLast(change -> change.detail != '', story).detail AS detail,
    length(story) AS changes,
    partition
FROM
(
    SELECT
        partition, alert_id, episode, kind, subject, place, since, raised_at, resolved_at, resolved_reason, flapping,
        arraySort(change -> (change.offset, change.idx), alert_states.changes) AS story,
        arrayFilter(change -> change.what = 'acknowledged', story) AS said
    FROM alert_states FINAL
    WHERE raised_at > toDateTime64(0, 6, 'UTC')
)
COMMENT 'Every alert and episode as it stands: who has it, since when, what was said. Empty place: the whole city';

CREATE OR REPLACE VIEW open_alerts $on_cluster AS
SELECT * FROM alerts WHERE state != 'resolved'
COMMENT 'Alerts that are not over';

CREATE OR REPLACE VIEW alert_history $on_cluster AS
SELECT
    alert_id, episode, kind, subject, place, change.at AS at, change.what AS what, change.severity AS severity,
    change.level AS level, change.owner AS owner, change.by AS by, change.comment AS comment, change.detail AS detail,
    partition, change.offset AS offset, change.idx AS idx
FROM (SELECT * FROM alert_states FINAL WHERE raised_at > toDateTime64(0, 6, 'UTC'))
ARRAY JOIN changes AS change
COMMENT 'Everything that was decided about alerts, one row each, with the coordinates of its record';

CREATE OR REPLACE VIEW silences $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'alerts') AS ledger_time
SELECT
    silence_id,
    argMaxIf(JSONExtractString(body, 'alert_kind'), at, began) AS kind,
    argMaxIf(JSONExtractString(body, 'subject'), at, began) AS subject,
    argMaxIf(JSONExtractString(body, 'place'), at, began) AS place,
    maxIf(at, began) AS since,
    argMaxIf(parseDateTime64BestEffortOrNull(JSONExtractString(body, 'until'), 6, 'UTC'), at, began) AS until,
    argMaxIf(JSONExtractString(body, 'by'), at, began) AS by,
    argMaxIf(JSONExtractString(body, 'comment'), at, began) AS comment,
    maxOrNullIf(at, NOT began AND at >= begun) AS ended_at,
    ended_at IS NULL AND ifNull(until > ledger_time, false) AS active
FROM
(
    SELECT JSONExtractString(body, 'silence_id') AS silence_id, at, body, type = 'alert_silenced' AS began,
        maxIf(at, began) OVER (PARTITION BY silence_id) AS begun
    FROM decisions FINAL
    WHERE stage = 'alerts' AND type IN ('alert_silenced', 'alert_unsilenced')
)
GROUP BY silence_id
COMMENT 'Silences, standing and over. Every partition of the alert ledger has each of them: here it is one row';

CREATE OR REPLACE VIEW duty $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'alerts') AS ledger_time
SELECT duty_id, place, level, person, starts_at, ends_at, cancelled, said_by, published_at,
    NOT cancelled AND starts_at <= ledger_time AND ledger_time < ends_at AS active
FROM
(
    SELECT
        line.duty_id AS duty_id, argMax(line.place, at) AS place, argMax(line.level, at) AS level,
        argMax(line.person, at) AS person,
        parseDateTime64BestEffort(argMax(line.starts_at, at), 6, 'UTC') AS starts_at,
        parseDateTime64BestEffort(argMax(line.ends_at, at), 6, 'UTC') AS ends_at,
        argMax(line.cancelled, at) AS cancelled, argMax(line.source, at) AS said_by, max(at) AS published_at
    FROM
    (
        SELECT at, JSONExtract(body, 'duty', 'Tuple(duty_id String, place String, level String, person String,
            starts_at String, ends_at String, cancelled Bool, source String)') AS line
        FROM decisions FINAL
        WHERE stage = 'alerts' AND type = 'duty_recorded'
    )
    GROUP BY duty_id
)
COMMENT 'The duty roster: one row a line, as published last. active: the person is on duty now, by the ledger';

CREATE OR REPLACE VIEW need_owners $on_cluster AS
SELECT need_id, requester_id, area, grid, item, need_class, due_at, overdue, owner
FROM open_needs
LEFT JOIN
(
    SELECT spot, argMin(person, (indexOf(['grid', 'community', 'district', 'city'], level), -length(place), duty_id))
        AS owner
    FROM (SELECT DISTINCT if(grid = '', area, grid) AS spot FROM open_needs) AS spots
    CROSS JOIN (SELECT duty_id, place, level, person FROM duty WHERE active) AS lines
    WHERE spot = place OR startsWith(spot, concat(place, '/'))
    GROUP BY spot
) AS owners ON owners.spot = if(open_needs.grid = '', open_needs.area, open_needs.grid)
COMMENT 'Who is on duty for each open need: nearest place first, from the grid up; empty: nobody';

CREATE OR REPLACE VIEW looks $on_cluster AS
SELECT at, JSONExtractString(body, 'by') AS by, requester_id, area, JSONExtractString(body, 'page') AS page,
    parseDateTime64BestEffortOrNull(JSONExtractString(body, 'at'), 6, 'UTC') AS looked_at, partition, offset, idx
FROM decisions FINAL
WHERE stage = 'alerts' AND type = 'look_recorded'
ORDER BY partition, offset, idx
LIMIT 1 BY event_id
COMMENT 'Who looked at which household, and when';
