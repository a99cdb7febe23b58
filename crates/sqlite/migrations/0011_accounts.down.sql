DROP TABLE invites;
DROP TABLE api_keys;
DROP TABLE refresh_tokens;
DROP TABLE logins;
DROP INDEX users_by_role;
DROP TABLE accounts;
