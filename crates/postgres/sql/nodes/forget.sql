DELETE FROM nodes WHERE node = $1 AND beats = $2
