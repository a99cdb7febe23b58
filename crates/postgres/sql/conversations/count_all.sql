SELECT count(*) FROM conversations WHERE status = $1
