//! Stand-in until branch `direct` brings the real one.
use broker::{FileId, StoredFile};
use bytes::Bytes;
use std::collections::BTreeMap;
/// stub
#[derive(Debug, Default)]
pub struct SimDisk {
    files: BTreeMap<FileId, (Vec<u8>, usize)>,
}
/// stub
#[derive(Debug)]
pub struct DiskError;
impl SimDisk {
    /// stub
    pub fn stored(&self) -> Vec<StoredFile> {
        self.files
            .iter()
            .map(|(&file, (bytes, _))| StoredFile {
                file,
                bytes: bytes.clone(),
            })
            .collect()
    }
    /// stub
    pub fn append(&mut self, file: FileId, bytes: &Bytes) -> Result<(), DiskError> {
        self.files.entry(file).or_default().0.extend_from_slice(bytes);
        Ok(())
    }
    /// stub
    pub fn truncate(&mut self, file: FileId, length: u64) -> Result<(), DiskError> {
        let entry = self.files.entry(file).or_default();
        entry.0.truncate(length as usize);
        entry.1 = entry.1.min(length as usize);
        Ok(())
    }
    /// stub
    pub fn sync(&mut self, file: FileId) -> Result<(), DiskError> {
        let entry = self.files.entry(file).or_default();
        entry.1 = entry.0.len();
        Ok(())
    }
    /// stub
    pub fn power_loss(&mut self, _key: u64) {
        for (bytes, synced) in self.files.values_mut() {
            bytes.truncate(*synced);
        }
    }
}
