DROP INDEX generations_by_user;
DROP TABLE nodes;
