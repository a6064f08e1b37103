    (empty({areas:Array(String)}) OR $word IN (SELECT consignment_id FROM consignments_in_areas))
