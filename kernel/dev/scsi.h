// What SCSI disks are asked, and what their answers mean (SPC-4, SBC-3). Pure: an answer is bytes that may hold
// anything.
#pragma once

#include "dev/block.h"

enum { SCSI_CDB = 16, SCSI_SENSE = 96, SCSI_ANSWER = 512 };

/// Kinds of pages that INQUIRY tells.
enum scsi_page { SCSI_PAGE_STANDARD = 0, SCSI_PAGE_LIMITS = 0xb0, SCSI_PAGE_PROVISIONING = 0xb2 };

void scsi_ask_luns(uint8_t cdb[SCSI_CDB], uint32_t room);
void scsi_ask_inquiry(uint8_t cdb[SCSI_CDB], enum scsi_page page, uint16_t room);
void scsi_ask_capacity(uint8_t cdb[SCSI_CDB], bool is_long, uint32_t room);
void scsi_ask_mode(uint8_t cdb[SCSI_CDB], uint8_t room);
/// Reading, writing and flushing.
void scsi_ask_transfer(uint8_t cdb[SCSI_CDB], const struct block_request *request);

/// Discarding: its range is a list of its own, which the device reads.
enum { SCSI_UNMAP_LIST = 24 };
void scsi_ask_unmap(uint8_t cdb[SCSI_CDB], uint8_t list[SCSI_UNMAP_LIST], const struct block_request *request);

/// The n-th number in the answer to scsi_ask_luns; false behind the last, and for those of another form than a plain
/// number.
bool scsi_lun(const uint8_t *answer, uint32_t length, unsigned n, uint16_t *lun);
/// Whether the answer is that of a disk which is there.
bool scsi_is_disk(const uint8_t *answer, uint32_t length);
/// False if the answer does not tell; `*sectors` is 0 where only the long form could. `*size`: bytes of a sector.
bool scsi_capacity(const uint8_t *answer, uint32_t length, bool is_long, uint64_t *sectors, uint32_t *size);
bool scsi_is_write_protected(const uint8_t *answer, uint32_t length);
/// Sectors in a transfer, and in a discard with one range; 0 where nothing is said.
void scsi_limits(const uint8_t *answer, uint32_t length, uint64_t *transfer, uint64_t *discard);
bool scsi_can_unmap(const uint8_t *answer, uint32_t length);

/// What a status, with its sense bytes, comes to: 0, -EAGAIN, -EOPNOTSUPP for what it can't do, -EIO.
int scsi_result(uint8_t status, const uint8_t *sense, uint32_t length);
