-- A restore goes out in the lane of what is done here and now, before the edits that follow it.
UPDATE event_journal SET lane = 1 WHERE event_ser_manifest = 'document/restored';
