WITH
-- include: cut supply
,
-- include: cut coldchain
,
-- include: consignments_in_areas
,
-- include: consignments_known
