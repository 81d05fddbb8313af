//! Iceberg's bucket transform: Murmur3 over an encoding of the value, by the type of its column.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

/// The bucket that rows with this value are in. `None`: not known for this type, or NULL.
pub(crate) fn bucket(value: &ScalarValue, column: &DataType, count: u32) -> Option<i32> {
    if value.data_type() != *column {
        return None;
    }
    let hash = hash(value)?;
    Some((hash & i32::MAX) % i32::try_from(count).ok()?)
}

fn hash(value: &ScalarValue) -> Option<i32> {
    use ScalarValue as V;
    let long = |number: i64| Some(murmur3(&number.to_le_bytes()));
    match value {
        V::Int8(number) => long((*number)?.into()),
        V::Int16(number) => long((*number)?.into()),
        V::Int32(number) => long((*number)?.into()),
        V::Int64(number) => long((*number)?),
        V::Date32(days) => long((*days)?.into()),
        V::Time64Microsecond(micros) => long((*micros)?),
        V::TimestampMicrosecond(micros, _) => long((*micros)?),
        // Hashed like microseconds, so that a column keeps its buckets when its type widens.
        V::TimestampNanosecond(nanos, _) => long((*nanos)?.div_euclid(1_000)),
        V::Utf8(text) | V::LargeUtf8(text) | V::Utf8View(text) => Some(murmur3(text.as_ref()?.as_bytes())),
        V::Binary(bytes) | V::LargeBinary(bytes) | V::BinaryView(bytes) | V::FixedSizeBinary(_, bytes) => {
            Some(murmur3(bytes.as_ref()?))
        }
        V::Decimal128(unscaled, _, _) => Some(murmur3(&shortest((*unscaled)?))),
        _ => None,
    }
}

/// Big-endian two's complement in as few bytes as hold it.
fn shortest(number: i128) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let redundant = |at: usize| match bytes[at] {
        0x00 => bytes[at + 1] < 0x80,
        0xFF => bytes[at + 1] >= 0x80,
        _ => false,
    };
    let start = (0..bytes.len() - 1).find(|at| !redundant(*at)).unwrap_or(bytes.len() - 1);
    bytes[start..].to_vec()
}

/// Murmur3, x86, 32 bits, seed 0.
fn murmur3(bytes: &[u8]) -> i32 {
    const C1: u32 = 0xCC9E_2D51;
    const C2: u32 = 0x1B87_3593;
    let scrambled = |block: u32| block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let mut hash = 0u32;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = u32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        hash = (hash ^ scrambled(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64);
    }
    let tail = blocks.remainder().iter().rev().fold(0u32, |tail, byte| tail << 8 | u32::from(*byte));
    if !blocks.remainder().is_empty() {
        hash ^= scrambled(tail);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ hash >> 13).wrapping_mul(0xC2B2_AE35);
    (hash ^ hash >> 16) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of Iceberg's specification, appendix B.
    #[test]
    fn hashes_are_those_of_the_specification() {
        let uuid = [0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd, 0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7];
        let known = [
            (ScalarValue::Int32(Some(34)), 2_017_239_379),
            (ScalarValue::Int64(Some(34)), 2_017_239_379),
            (ScalarValue::Decimal128(Some(1420), 9, 2), -500_754_589),
            (ScalarValue::Date32(Some(17_486)), -653_330_422),
            (ScalarValue::Time64Microsecond(Some(81_068_000_000)), -662_762_989),
            (ScalarValue::TimestampMicrosecond(Some(1_510_871_468_000_000), None), -2_047_944_441),
            (ScalarValue::TimestampMicrosecond(Some(1_510_871_468_000_001), None), -1_207_196_810),
            (ScalarValue::TimestampNanosecond(Some(1_510_871_468_000_001_001), None), -1_207_196_810),
            (ScalarValue::Utf8(Some("iceberg".to_string())), 1_210_000_089),
            (ScalarValue::FixedSizeBinary(16, Some(uuid.to_vec())), 1_488_055_340),
            (ScalarValue::Binary(Some(vec![0, 1, 2, 3])), -188_683_207),
        ];
        for (value, expected) in known {
            assert_eq!(hash(&value), Some(expected), "{value:?}");
        }
    }

    #[test]
    fn buckets_are_below_their_count_and_of_the_columns_type() {
        for number in -1_000..1_000 {
            let bucket = bucket(&ScalarValue::Int64(Some(number)), &DataType::Int64, 16).unwrap();
            assert!((0..16).contains(&bucket));
        }
        assert_eq!(bucket(&ScalarValue::Int64(Some(1)), &DataType::Int32, 16), None);
        assert_eq!(bucket(&ScalarValue::Float64(Some(1.0)), &DataType::Float64, 16), None);
    }

    #[test]
    fn decimals_are_as_short_as_they_can_be() {
        assert_eq!(shortest(0), [0]);
        assert_eq!(shortest(-1), [0xFF]);
        assert_eq!(shortest(127), [0x7F]);
        assert_eq!(shortest(128), [0, 0x80]);
        assert_eq!(shortest(-128), [0x80]);
        assert_eq!(shortest(-129), [0xFF, 0x7F]);
    }
}
