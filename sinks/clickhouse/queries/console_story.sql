-- Every decision about a subject (need, requester, lot) until {as_of}, with its place in the ledger. For a requester:
-- also those about its needs. Only for who may see the area of the subject: asked by the pages after they know it.
WITH
mine AS
(
    SELECT partition, offset, idx, at, type
    FROM decision_subjects FINAL
    WHERE subject = {subject:String} AND id = {id:String} AND partition = {partition:UInt32}
        AND at <= {as_of:DateTime64(6, 'UTC')}
),
of_needs AS
(
    SELECT partition, offset, idx, at, type
    FROM decision_subjects FINAL
    WHERE {subject:String} = 'requester' AND subject = 'need' AND partition = {partition:UInt32}
        AND at <= {as_of:DateTime64(6, 'UTC')} AND id IN (
            SELECT need_id FROM decisions WHERE stage = 'supply' AND type = 'need_opened'
                AND partition = {partition:UInt32}
                AND offset IN (SELECT offset FROM mine WHERE type = 'need_opened')
                AND requester_id = {id:String})
),
all_of_it AS (SELECT DISTINCT * FROM (SELECT * FROM mine UNION ALL SELECT * FROM of_needs))
SELECT
    at, type, event_kind, event_id, need_id, item, quantity, delivered, lot_id, dispatch_id, team, outcome, reason, rule,
    due_at, body, partition, offset, idx
FROM decisions FINAL
WHERE stage = 'supply' AND partition = {partition:UInt32} AND type IN (SELECT DISTINCT type FROM all_of_it)
    AND offset IN (SELECT offset FROM all_of_it)
    AND (offset, idx) IN (SELECT offset, idx FROM all_of_it)
    AND (area = '' OR
-- include: in_areas
    )
ORDER BY offset DESC, idx DESC
LIMIT {limit:UInt32}
