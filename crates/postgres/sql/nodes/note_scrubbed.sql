UPDATE nodes SET scrubbed = $2 WHERE node = $1 AND scrubbed < $2
