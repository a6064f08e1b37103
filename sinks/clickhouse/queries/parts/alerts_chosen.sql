    ({kind:String} = '' OR kind = {kind:String})
        AND ({owner:String} = '' OR owner = if({owner:String} = '-', '', {owner:String}))
        AND ({place:String} = '' OR area = {place:String} OR startsWith(area, concat({place:String}, '/'))) AND
-- include: in_areas
