    valid_from <= {as_of:DateTime64(6, 'UTC')} AND valid_until > {as_of:DateTime64(6, 'UTC')}
