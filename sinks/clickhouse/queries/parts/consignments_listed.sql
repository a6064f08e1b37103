-- The names of the consignments that areas got something of, to be asked once for all that is asked about them.
WITH
-- include: consignments_in_areas
SELECT DISTINCT consignment_id FROM consignments_in_areas ORDER BY consignment_id
