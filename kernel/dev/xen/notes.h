// Milestones for a host without a port for them: names in our folder `data/unideck` of xenstore.
#pragma once

/// From now on milestones go there: the first eight of each kind, `data/unideck/KIND/N`, N from 0.
void xen_notes_start(void);
