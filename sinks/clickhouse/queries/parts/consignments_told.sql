-- where told
-- include: consignments_in_areas
-- else
consignments_in_areas AS (SELECT arrayJoin({consignments:Array(String)}) AS consignment_id)
-- end
