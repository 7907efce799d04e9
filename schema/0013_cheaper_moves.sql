-- SPDX-License-Identifier: Apache-2.0
-- Step 13: what guards a number costs less when it moves. PostgreSQL reads the condition of a trigger anew with each statement,
-- which was an eighth of a Multimedia-Auth that comes alone.

-- With the same lead, SEQ less lead falls when SEQ falls; the function looks at all three where the lead has changed.
DROP TRIGGER sqn_state_never_goes_back ON quintet.sqn_state;
CREATE TRIGGER sqn_state_never_goes_back AFTER UPDATE ON quintet.sqn_state
  FOR EACH ROW WHEN (NEW.seq < OLD.seq OR NEW.seq_lead <> OLD.seq_lead)
  EXECUTE FUNCTION quintet.refuse_lower_sqn();
ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_never_goes_back;

-- Whose numbers they are is not written when they move.
CREATE TRIGGER sqn_state_keeps_its_key AFTER UPDATE OF id, fingerprint ON quintet.sqn_state
  FOR EACH ROW WHEN (NEW.fingerprint <> OLD.fingerprint OR NEW.id <> OLD.id)
  EXECUTE FUNCTION quintet.refuse_lower_sqn();
ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_keeps_its_key;
