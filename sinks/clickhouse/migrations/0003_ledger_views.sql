-- Questions about the ledgers themselves.

CREATE OR REPLACE VIEW ledger_now $on_cluster AS
SELECT stage, ifNull(maxIf(at, kind = 'ticked'), max(recorded_at)) AS now
FROM (SELECT stage, kind, at, recorded_at FROM ledger_records WHERE accepted)
GROUP BY stage
COMMENT 'What time it is in a ledger: its last tick. Ages are as of this time, so replayed history keeps its own';

CREATE OR REPLACE VIEW ledger_partitions $on_cluster AS
SELECT
    stage,
    partition,
    count() AS records,
    countIf(accepted) AS accepted_records,
    countIf(NOT accepted) AS fenced_records,
    countIf(accepted AND kind = 'rejected') AS rejected_messages,
    sumIf(decision_count, accepted) AS decisions,
    max(offset) AS last_offset,
    argMaxIf(seq, offset, accepted) AS head_seq,
    argMaxIf(hash, offset, accepted) AS head_hash,
    argMaxIf(worker, offset, accepted) AS worker,
    maxIf(at, accepted AND kind = 'ticked') AS last_tick,
    maxIf(recorded_at, accepted) AS last_recorded_at,
    max(inserted_at) AS last_inserted_at
FROM ledger_records FINAL
GROUP BY stage, partition
COMMENT 'The chain of each ledger partition as ClickHouse holds it';

CREATE OR REPLACE VIEW source_positions $on_cluster AS
SELECT
    stage,
    partition,
    source_topic,
    count() AS messages,
    max(source_offset) AS last_offset,
    max(source_seq) AS last_seq,
    sum(source_gap) AS missing_offsets,
    max(source_timestamp) AS last_timestamp
FROM (SELECT * FROM ledger_records FINAL WHERE accepted AND source_topic != '')
GROUP BY stage, partition, source_topic
COMMENT 'How far each ledger partition has taken its sources';

CREATE OR REPLACE VIEW rejected_messages $on_cluster AS
SELECT
    stage, partition, offset, at, rejection_code AS code, rejection_field AS field, rejection_reason AS reason,
    rejection_size AS size, source_topic, source_partition, source_offset, source_timestamp
FROM ledger_records FINAL
WHERE accepted AND kind = 'rejected'
COMMENT 'Messages that were refused, with the reason; their bytes are on dlq.<source_topic>';

CREATE OR REPLACE VIEW fenced_records $on_cluster AS
SELECT stage, partition, offset, fence, seq, kind, worker, source_topic, source_offset, recorded_at, timestamp
FROM ledger_records FINAL
WHERE NOT accepted
COMMENT 'Records that do not count, such as those of a worker who was no longer the owner';
