import Platform
import Records

// The compact form of a page index, for a cache on disk. Own format, version 1:
//
//   "VPI" 1, row group count, then for each row group: row count, then for each of the 11 columns:
//   page count, and unless that is 0: codec, flags (1 dictionary, 2 bounds), with a dictionary its
//   position and byte count, then for each page: position less the end of the page before, byte
//   count, rows since the first row of the page before, and with bounds: minimum less the maximum
//   before, maximum less minimum. All zigzag varints (differences wrap around). The last four
//   bytes are the CRC-32C of all others, little-endian.

extension PageIndex {
  private static let magic: [UInt8] = Array("VPI".utf8) + [1]

  /// The compact form.
  package func encoded() -> ByteBlock {
    var writer = ByteWriter(capacity: 16 << 10)
    writer.write(bytes: PageIndex.magic)
    writer.write(varint: Int64(rowGroups.count))
    for group in rowGroups {
      writer.write(varint: Int64(group.rowCount))
      for column in group.columns { PageIndex.encode(column, to: &writer) }
    }
    writer.write(littleEndian: CRC32C.checksum(writer.bytes))
    return writer.finish()
  }

  /// Reads the compact form; nil when it is damaged or of another version.
  package init?(encoded bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= PageIndex.magic.count + 4,
      bytes.prefix(PageIndex.magic.count).elementsEqual(PageIndex.magic)
    else { return nil }
    let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(4))
    let stored = bytes.loadUnaligned(fromByteOffset: content.count, as: UInt32.self)
    guard CRC32C.checksum(content) == UInt32(littleEndian: stored) else { return nil }
    var reader = ByteReader(content)
    reader.position = PageIndex.magic.count
    guard let count = reader.readVarint(), count >= 0, count <= reader.remaining else { return nil }
    rowGroups = []
    for _ in 0..<count {
      guard let rows = reader.readVarint() else { return nil }
      var columns: [Column] = []
      for _ in Leaf.allCases {
        guard let column = PageIndex.decodeColumn(&reader) else { return nil }
        columns.append(column)
      }
      rowGroups.append(RowGroup(rowCount: Int(rows), columns: columns))
    }
    guard reader.remaining == 0 else { return nil }
  }

  private static func encode(_ column: Column, to writer: inout ByteWriter) {
    writer.write(varint: Int64(column.pages.count))
    guard !column.pages.isEmpty else { return }
    writer.write(varint: Int64(column.codec))
    writer.write(varint: (column.dictionary == nil ? 0 : 1) + (column.hasBounds ? 2 : 0))
    if let dictionary = column.dictionary {
      writer.write(varint: dictionary.lowerBound)
      writer.write(varint: Int64(dictionary.count))
    }
    var end: Int64 = 0
    var row = 0
    var last: Int64 = 0
    for page in column.pages {
      writer.write(varint: page.position - end)
      writer.write(varint: Int64(page.byteCount))
      writer.write(varint: Int64(page.firstRow - row))
      if column.hasBounds {
        writer.write(varint: page.minimum &- last)
        writer.write(varint: page.maximum &- page.minimum)
      }
      end = page.range.upperBound
      row = page.firstRow
      last = page.maximum
    }
  }

  private static func decodeColumn(_ reader: inout ByteReader) -> Column? {
    guard let count = reader.readVarint(), count >= 0, count <= reader.remaining else { return nil }
    var column = Column(codec: 0, dictionary: nil, hasBounds: false, pages: [])
    guard count > 0 else { return column }
    guard let codec = reader.readVarint(), let flags = reader.readVarint() else { return nil }
    column.codec = Int32(truncatingIfNeeded: codec)
    column.hasBounds = flags & 2 != 0
    if flags & 1 != 0 {
      guard let position = reader.readVarint(), let size = reader.readVarint(), size >= 0
      else { return nil }
      column.dictionary = position..<position + size
    }
    var page = Page(position: 0, byteCount: 0, firstRow: 0)
    var last: Int64 = 0
    for _ in 0..<count {
      guard let gap = reader.readVarint(), let size = reader.readVarint(), size >= 0,
        let rows = reader.readVarint()
      else { return nil }
      page.position = page.range.upperBound + gap
      page.byteCount = Int(size)
      page.firstRow += Int(rows)
      if column.hasBounds {
        guard let low = reader.readVarint(), let width = reader.readVarint() else { return nil }
        page.minimum = last &+ low
        page.maximum = page.minimum &+ width
        last = page.maximum
      }
      column.pages.append(page)
    }
    return column
  }
}
