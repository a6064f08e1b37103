-- One record by its coordinates, in its own bytes; none where its ledger was not known at {as_of}.
WITH
-- include: heads_known
SELECT stage, partition, offset, accepted, fence, seq, kind, hash, prev, source_topic, source_partition, source_offset,
    at, recorded_at, worker, code, event_kind, event_id, rejection_code, rejection_reason, decision_count, value
FROM ledger_records FINAL
WHERE stage = {stage:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64}
    AND offset <= (SELECT maxOrNull(head.1) FROM heads_known WHERE ledger = {stage:String} AND part = {partition:UInt32})
