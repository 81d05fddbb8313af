//! Deletion vectors as their files hold them: positions of deleted rows, as a 64-bit Roaring bitmap.

use roaring::RoaringTreemap;

/// Of both formats: Delta writes it as a little-endian number, Puffin as bytes.
const MAGIC: [u8; 4] = [0xD1, 0xD3, 0x39, 0x64];
/// The length in front and the checksum behind.
pub(crate) const FRAME_BYTES: u64 = 8;
/// Bytes that an encoding of a vector as text may leave behind it.
const MAX_PADDING: usize = 3;

/// A blob of length, magic, bitmap and checksum; both numbers big-endian.
pub(crate) fn framed(blob: &[u8]) -> Result<RoaringTreemap, String> {
    let cut = || format!("it is cut off after {} bytes", blob.len());
    let (length, rest) = blob.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (content, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    let (checksum, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    if !rest.is_empty() {
        return Err(format!("its length is {length}, which leaves {} bytes over", rest.len()));
    }
    let expected = u32::from_be_bytes(*checksum);
    let found = crc32fast::hash(content);
    if found != expected {
        return Err(format!("its checksum is {found:08x} (expected: {expected:08x})"));
    }
    bitmap(content, 0)
}

/// Magic and bitmap alone.
pub(crate) fn inline(content: &[u8]) -> Result<RoaringTreemap, String> {
    bitmap(content, MAX_PADDING)
}

fn bitmap(content: &[u8], padding: usize) -> Result<RoaringTreemap, String> {
    let Some(mut bytes) = content.strip_prefix(&MAGIC) else {
        let found: Vec<String> = content.iter().take(MAGIC.len()).map(|byte| format!("{byte:02x}")).collect();
        return Err(format!("it starts with {} (expected: d1d33964)", found.join("")));
    };
    let bitmap = RoaringTreemap::deserialize_from(&mut bytes).map_err(|e| format!("its bitmap is damaged: {e}"))?;
    if bytes.len() > padding || bytes.iter().any(|byte| *byte != 0) {
        return Err(format!("{} bytes follow its bitmap", bytes.len()));
    }
    Ok(bitmap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(bitmap: &RoaringTreemap) -> Vec<u8> {
        let mut content = MAGIC.to_vec();
        bitmap.serialize_into(&mut content).unwrap();
        let mut blob = (content.len() as u32).to_be_bytes().to_vec();
        blob.extend_from_slice(&content);
        blob.extend_from_slice(&crc32fast::hash(&content).to_be_bytes());
        blob
    }

    #[test]
    fn reads_what_is_whole_and_refuses_the_rest() {
        let bitmap: RoaringTreemap = [0, 7, 1 << 20, 1 << 40].into_iter().collect();
        let good = blob(&bitmap);
        assert_eq!(framed(&good).unwrap(), bitmap);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert!(framed(&bad).is_err(), "byte {at} changed");
            assert!(framed(&good[..at]).is_err(), "cut off after {at} bytes");
        }
        let mut long = good.clone();
        long.push(0);
        assert!(framed(&long).is_err());
    }

    #[test]
    fn inline_vectors_may_be_padded() {
        let bitmap: RoaringTreemap = [3, 4, 9].into_iter().collect();
        let blob = blob(&bitmap);
        let content = &blob[4..blob.len() - 4];
        assert_eq!(inline(content).unwrap(), bitmap);
        assert_eq!(inline(&[content, &[0, 0]].concat()).unwrap(), bitmap);
        assert!(inline(&[content, &[0, 1]].concat()).is_err());
        assert!(inline(&[content, &[0, 0, 0, 0]].concat()).is_err());
        assert!(inline(&content[1..]).is_err());
    }
}
