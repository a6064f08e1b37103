-- where place
    ({place:String} = '' OR area = {place:String} OR startsWith(area, concat({place:String}, '/'))
        OR grid = {place:String} OR startsWith(grid, concat({place:String}, '/')))
-- else
    true
-- end
