-- Consignments that have readings, the last heard of first.
SELECT consignment_id FROM coldchain_decisions
WHERE type = 'reading_recorded'
GROUP BY consignment_id
ORDER BY max(at) DESC, consignment_id
LIMIT 1000
