-- The newest decisions about a subject (need, requester, lot) until {as_of}, with their places in the ledger; for a
-- requester also those about its needs in the user's areas. Decisions that name another area than the user's are left out.
WITH
mine AS
(
    SELECT need_id AS need FROM decision_subjects
    WHERE {subject:String} = 'requester' AND subject = 'requester' AND id = {id:String}
        AND partition = {partition:UInt32} AND type = 'need_opened' AND known_at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
)
SELECT DISTINCT at, type, event_kind, need_id, item, dispatch_id, body, partition, offset, idx
FROM decision_subjects
WHERE partition = {partition:UInt32} AND known_at <= {as_of:DateTime64(6, 'UTC')}
    AND ((subject = {subject:String} AND id = {id:String}) OR (subject = 'need' AND id IN (SELECT need FROM mine)))
    AND (area = '' OR
-- include: in_areas
    )
ORDER BY offset DESC, idx DESC
LIMIT {limit:UInt32}
