    valid_until > {since:DateTime64(6, 'UTC')} AND valid_from <= {as_of:DateTime64(6, 'UTC')}
