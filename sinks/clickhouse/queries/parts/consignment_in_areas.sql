-- where areas
    (empty({areas:Array(String)}) OR $word IN (SELECT consignment_id FROM consignments_in_areas))
-- else
    true
-- end
