-- where place
    ({place:String} = '' OR area = {place:String} OR startsWith(area, concat({place:String}, '/'))
        OR startsWith({place:String}, concat(area, '/')))
-- else
    true
-- end
