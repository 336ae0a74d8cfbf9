-- SPDX-License-Identifier: BSD-3-Clause
--
-- RoMON for Wireshark and tshark (Lua 5.2, Wireshark 3.6 and later): EtherType 0x88BF, all five frame types,
-- and romond's own TLVs. Written from docs/protocol.md, sections 1 to 6 and 8.
--
--   tshark -X lua_script:romon.lua -r FILE
--   Wireshark: put this file into the folder "Personal Lua Plugins" (Help, About, Folders)
--
-- It has two halves that do not lean on each other. judge() asks what romond's parser asks, in its order, and
-- finds the one word that romond would count the frame under. The show functions put what is there into the
-- tree, as far as the bytes carry, also of a frame that judge() refuses. No byte is read before its offset
-- is compared with what was captured.

local romon = Proto("romon", "MikroTik RoMON")

local ETHERTYPE = 0x88bf
local ETH_LEN = 14
local HDR_LEN = 46 -- as far as every type has it
local HOP_LEN = 10
local ROUTE_LEN = 34
local HOPS_MAX = 128

local DISCOVER, DISCOVER_RESP, DATA, SEQ_ERR, HELLO = 1, 2, 3, 4, 5
local ROUTE, IDENTITY, VERSION, BOARD, NONCE, ECHO, COUNTER_MIN, MASTER = 1, 3, 4, 5, 0x80, 0x81, 0x82, 0x83
local PING, SSH, WINBOX = 1, 3, 4

local types = {
	[DISCOVER] = "Discover",
	[DISCOVER_RESP] = "DiscoverResp",
	[DATA] = "Data",
	[SEQ_ERR] = "SeqErr",
	[HELLO] = "Hello",
}
local tags = {
	[ROUTE] = "Route",
	[IDENTITY] = "Identity",
	[VERSION] = "Version",
	[BOARD] = "Board",
	[NONCE] = "Nonce",
	[ECHO] = "Echoed nonce",
	[COUNTER_MIN] = "Lowest counter",
	[MASTER] = "Master",
}
local services = { [PING] = "ping", [SSH] = "ssh", [WINBOX] = "winbox" }
local segments = { [0] = "open", [1] = "accept", [2] = "data", [3] = "ack", [4] = "close" }
local stages = { [0x61] = "alpha", [0x62] = "beta", [0x63] = "rc", [0x66] = "final" }

-- what is wrong with a frame: the words of docs/drops.md, and why they are said
local verdicts = {
	["runt"] = "Too short for the RoMON header",
	["vlan-depth"] = "More than one VLAN tag, or an 802.1ad tag",
	["type-unknown"] = "A frame type other than 1 to 5",
	["length-short"] = "The length field ends before the fixed part of this type",
	["length-long"] = "The length field says more bytes than were received",
	["id-invalid"] = "The source RoMON id is zero or a group address",
	["hop-count"] = "More than 128 hop entries",
	["hop-truncated"] = "The hop list runs past the frame's end",
	["hop-pointer"] = "The hop pointer points outside the hop list",
	["payload-short"] = "A Data frame without room for its two service ports",
	["tlv-truncated"] = "A TLV runs past the frame's end",
	["tlv-duplicate"] = "A second Identity, Version, Board, Nonce, Echo or Counter TLV",
	["tlv-length"] = "A Version TLV that is not 4 bytes, or a Nonce, Echo or Counter not 8",
	["route-length"] = "A Route TLV whose length is not 34",
	["route-count"] = "Not one Route TLV (Discover, Hello), two (DiscoverResp), none (SeqErr)",
}

local f = {
	type = ProtoField.uint8("romon.type", "Type", base.DEC, types),
	channel = ProtoField.uint8("romon.channel", "Channel", base.DEC),
	length = ProtoField.uint16("romon.length", "Length, with Ethernet header", base.DEC),
	auth = ProtoField.bytes("romon.auth", "Authentication"),
	auth_counter = ProtoField.uint64("romon.auth.counter", "Counter, if romond-1", base.DEC),
	auth_digest = ProtoField.bytes("romon.auth.digest", "Digest, if romond-1"),
	src = ProtoField.ether("romon.src", "Source id"),
	dst = ProtoField.ether("romon.dst", "Destination id"),
	hops_n = ProtoField.uint8("romon.hops.n", "Hop entries", base.DEC),
	hops_ptr = ProtoField.uint8("romon.hops.ptr", "Hop pointer", base.DEC),
	zero = ProtoField.bytes("romon.zero", "Zero"),
	hop = ProtoField.none("romon.hop", "Hop"),
	hop_link = ProtoField.uint32("romon.hop.link", "Link id", base.DEC),
	hop_mac = ProtoField.ether("romon.hop.mac", "MAC"),
	tlv = ProtoField.none("romon.tlv", "TLV"),
	tlv_tag = ProtoField.uint8("romon.tlv.tag", "Tag", base.HEX, tags),
	tlv_len = ProtoField.uint8("romon.tlv.length", "Length", base.DEC),
	tlv_value = ProtoField.bytes("romon.tlv.value", "Value"),
	route_id = ProtoField.ether("romon.route.id", "RoMON id"),
	identity = ProtoField.string("romon.identity", "Identity"),
	version = ProtoField.string("romon.version", "Version"),
	version_major = ProtoField.uint8("romon.version.major", "Major", base.DEC),
	version_minor = ProtoField.uint8("romon.version.minor", "Minor", base.DEC),
	version_stage = ProtoField.uint8("romon.version.stage", "Stage", base.HEX, stages),
	version_revision = ProtoField.uint8("romon.version.revision", "Revision", base.DEC),
	board = ProtoField.string("romon.board", "Board"),
	nonce = ProtoField.bytes("romon.nonce", "Nonce"),
	echo = ProtoField.bytes("romon.echo", "Echoed nonce"),
	counter_min = ProtoField.uint64("romon.counter_min", "Lowest acceptable counter", base.DEC),
	master = ProtoField.string("romon.master", "Master"),
	port_src = ProtoField.uint16("romon.port.src", "Source port", base.DEC, services),
	port_dst = ProtoField.uint16("romon.port.dst", "Destination port", base.DEC, services),
	service = ProtoField.string("romon.service", "Service"),
	ping_seq = ProtoField.uint32("romon.ping.seq", "Sequence number", base.DEC),
	segment_type = ProtoField.uint8("romon.segment.type", "Segment", base.DEC, segments),
	segment_flags = ProtoField.uint8("romon.segment.flags", "Flags", base.HEX),
	segment_seq = ProtoField.uint32("romon.segment.seq", "Sequence number", base.DEC),
	segment_ack = ProtoField.uint32("romon.segment.ack", "Acknowledgement", base.DEC),
	payload = ProtoField.bytes("romon.payload", "Payload"),
	padding = ProtoField.bytes("romon.padding", "Padding"),
	verdict = ProtoField.string("romon.verdict", "Verdict"),
}
-- the two ends of a link, of a Route
local ends = {}
for _, side in ipairs({ "in", "out" }) do
	ends[side] = {
		link = ProtoField.uint32("romon.route." .. side .. ".link", "Link id", base.DEC),
		l2mtu = ProtoField.uint16("romon.route." .. side .. ".l2mtu", "L2MTU", base.DEC),
		cost = ProtoField.uint16("romon.route." .. side .. ".cost", "Cost", base.DEC),
		mac = ProtoField.ether("romon.route." .. side .. ".mac", "MAC"),
	}
end

local fields = {}
for _, field in pairs(f) do
	fields[#fields + 1] = field
end
for _, link_end in pairs(ends) do
	for _, field in pairs(link_end) do
		fields[#fields + 1] = field
	end
end
romon.fields = fields

local experts = {
	zero = ProtoExpert.new("romon.zero.nonzero", "Bytes that are zero in every known frame", expert.group.PROTOCOL,
		expert.severity.NOTE),
	tag = ProtoExpert.new("romon.tlv.unknown", "A tag that this dissector does not know", expert.group.UNDECODED,
		expert.severity.NOTE),
	cut = ProtoExpert.new("romon.cut", "The capture kept only the front of this frame", expert.group.UNDECODED,
		expert.severity.NOTE),
	ping = ProtoExpert.new("romon.ping.short", "A ping without room for its sequence number",
		expert.group.MALFORMED, expert.severity.WARN),
	segment = ProtoExpert.new("romon.segment.short", "A stream segment without room for its header",
		expert.group.MALFORMED, expert.severity.WARN),
}
for word, why in pairs(verdicts) do
	experts[word] = ProtoExpert.new("romon.malformed." .. word:gsub("-", "_"), "Malformed: " .. why .. " (" .. word .. ")",
		expert.group.MALFORMED, expert.severity.ERROR)
end
local expert_list = {}
for _, e in pairs(experts) do
	expert_list[#expert_list + 1] = e
end
romon.experts = expert_list

local vlan_ids = Field.new("vlan.id")
local provider_ids = Field.new("ieee8021ad.id")
local double_ids = Field.new("ieee8021ad.svid") -- of two 802.1ad tags in a row, shown as one

-- Offset of the hop list.
local function hops_offset(kind)
	return kind == DATA and 46 or 48
end

local function is_own_tag(kind, tag)
	return (kind == HELLO or kind == SEQ_ERR) and tag >= NONCE and tag <= COUNTER_MIN
end

-- Text of the wire that may stand in a column.
local function printable(range)
	return (range:raw():gsub(".", function(c)
		local is_plain = c:byte() >= 0x20 and c:byte() <= 0x7e and c ~= "\\"
		return is_plain and c or string.format("\\x%02x", c:byte())
	end))
end

-- Six bytes as text, without the vendor's name.
local function address(range)
	return (range:raw():gsub(".", function(c)
		return string.format("%02x:", c:byte())
	end):sub(1, 17))
end

--- What would romond say of this frame? ---------------------------------------------------------------------

-- The TLVs from at to stop (docs/protocol.md section 4).
local function judge_tlvs(tvb, kind, at, stop)
	local once = { [IDENTITY] = true, [VERSION] = true, [BOARD] = true }
	local sizes = { [VERSION] = 4 }
	local seen = {}
	local n_routes = 0

	while at < stop do
		if stop - at < 2 or stop - at - 2 < tvb(at + 1, 1):uint() then
			return "tlv-truncated"
		end
		local tag, len = tvb(at, 1):uint(), tvb(at + 1, 1):uint()
		local is_own = is_own_tag(kind, tag)
		if tag == ROUTE then
			if len ~= ROUTE_LEN then
				return "route-length"
			end
			n_routes = n_routes + 1
		elseif once[tag] or is_own then
			if seen[tag] then
				return "tlv-duplicate"
			end
			local size = is_own and 8 or sizes[tag]
			if size and len ~= size then
				return "tlv-length"
			end
			seen[tag] = true
		end
		at = at + 2 + len
	end
	local wanted = ({ [DISCOVER] = 1, [DISCOVER_RESP] = 2, [SEQ_ERR] = 0, [HELLO] = 1 })[kind]
	return n_routes == wanted and "ok" or "route-count"
end

-- The one word for the frame: "ok", a key of verdicts, or "cut" where the capture kept too little to tell.
local function judge(tvb)
	local have, whole = tvb:len(), tvb:reported_len()

	if select("#", provider_ids()) > 0 or select("#", double_ids()) > 0 or select("#", vlan_ids()) > 1 then
		return "vlan-depth"
	end
	if have < HDR_LEN then
		return whole < HDR_LEN and "runt" or "cut"
	end
	local kind = tvb(0, 1):uint()
	if not types[kind] then
		return "type-unknown"
	end
	local stop = tvb(2, 2):uint() - ETH_LEN
	if stop < hops_offset(kind) then
		return "length-short"
	end
	if stop > whole then
		return "length-long"
	end
	if stop > have then
		return "cut"
	end
	local src = tvb(28, 6):raw()
	if src == "\0\0\0\0\0\0" or src:byte(1) % 2 == 1 then
		return "id-invalid"
	end
	local n, ptr = tvb(40, 1):uint(), tvb(41, 1):uint()
	if n > HOPS_MAX then
		return "hop-count"
	end
	local body = hops_offset(kind) + n * HOP_LEN
	if body > stop then
		return "hop-truncated"
	end
	if ptr > n or (kind == DATA and ptr == n) then
		return "hop-pointer"
	end
	if kind == DATA then
		return stop - body < 4 and "payload-short" or "ok"
	end
	return judge_tlvs(tvb, kind, body, stop)
end

--- Showing it -----------------------------------------------------------------------------------------------

local function show_auth(tvb, tree)
	local item = tree:add(f.auth, tvb(4, 24))

	if tvb(4, 24):raw() == string.rep("\0", 24) then
		item:append_text(" (unsigned)")
		return
	end
	item:append_text(" (signed)")
	item:add(f.auth_counter, tvb(4, 8))
	item:add(f.auth_digest, tvb(12, 16))
end

-- The common header, field by field, as far as the bytes carry.
local function show_header(tvb, tree)
	local rows = {
		{ f.type, 0, 1 },
		{ f.channel, 1, 1 },
		{ f.length, 2, 2 },
		{ nil, 4, 24 },
		{ f.src, 28, 6 },
		{ f.dst, 34, 6 },
		{ f.hops_n, 40, 1 },
		{ f.hops_ptr, 41, 1 },
	}

	for _, row in ipairs(rows) do
		if row[2] + row[3] > tvb:len() then
			return
		end
		if row[1] then
			tree:add(row[1], tvb(row[2], row[3]))
		else
			show_auth(tvb, tree)
		end
	end
end

local function show_hop(tvb, tree, at, i, n, ptr, kind)
	local link, mac = tvb(at, 4), tvb(at + 4, 6)
	local mark = ""

	if i == ptr then
		mark = "  <- pointer"
	elseif i == n - 1 and ptr == n and kind ~= DATA then
		mark = "  (pointer stands behind it)"
	end
	local item = tree:add(f.hop, tvb(at, HOP_LEN))
	item:set_text(string.format("Hop %d: link %d, %s%s", i, link:uint(), address(mac), mark))
	item:add(f.hop_link, link)
	item:add(f.hop_mac, mac)
end

-- Returns the offset behind the list, or nil when it is cut short.
local function show_hops(tvb, tree, kind, stop)
	local at = hops_offset(kind)
	local n, ptr = tvb(40, 1):uint(), tvb(41, 1):uint()

	if at > stop then
		return nil
	end
	local zero = tvb(42, at - 42)
	local item = tree:add(f.zero, zero)
	if zero:raw():find("[^%z]") then
		item:add_proto_expert_info(experts.zero)
	end
	for i = 0, n - 1 do
		if at + HOP_LEN > stop then
			return nil
		end
		show_hop(tvb, tree, at, i, n, ptr, kind)
		at = at + HOP_LEN
	end
	return at
end

local function show_link_end(range, tree, side)
	local link_end = ends[side]
	local item = tree:add(range, string.format("%s-end: link %d, l2mtu %d, cost %d, %s", side == "in" and "In" or "Out",
		range(0, 4):uint(), range(4, 2):uint(), range(6, 2):uint(), address(range(8, 6))))

	item:add(link_end.link, range(0, 4))
	item:add(link_end.l2mtu, range(4, 2))
	item:add(link_end.cost, range(6, 2))
	item:add(link_end.mac, range(8, 6))
end

local function version_text(range)
	local stage = range(2, 1):uint()
	local name = stages[stage] or string.format("stage 0x%02x", stage)
	local revision = range(3, 1):uint()

	return string.format("%d.%d %s%s", range(0, 1):uint(), range(1, 1):uint(), name,
		revision ~= 0 and " " .. revision or "")
end

-- The value of a TLV; returns what the TLV is called in the tree.
local show_value = {
	[ROUTE] = function(range, item)
		if range:len() ~= ROUTE_LEN then
			return "Route of a wrong length"
		end
		item:add(f.route_id, range(0, 6))
		show_link_end(range(6, 14), item, "in")
		show_link_end(range(20, 14), item, "out")
		return "Route " .. address(range(0, 6))
	end,
	[IDENTITY] = function(range, item)
		item:add(f.identity, range, printable(range))
		return "Identity: " .. printable(range)
	end,
	[BOARD] = function(range, item)
		item:add(f.board, range, printable(range))
		return "Board: " .. printable(range)
	end,
	[VERSION] = function(range, item)
		if range:len() ~= 4 then
			return "Version of a wrong length"
		end
		item:add(f.version, range, version_text(range))
		item:add(f.version_major, range(0, 1))
		item:add(f.version_minor, range(1, 1))
		item:add(f.version_stage, range(2, 1))
		item:add(f.version_revision, range(3, 1))
		return "Version: " .. version_text(range)
	end,
	[NONCE] = function(range, item)
		item:add(f.nonce, range)
		return "Nonce"
	end,
	[ECHO] = function(range, item)
		item:add(f.echo, range)
		return "Echoed nonce"
	end,
	[COUNTER_MIN] = function(range, item)
		if range:len() ~= 8 then
			return "Lowest counter of a wrong length"
		end
		item:add(f.counter_min, range)
		return "Lowest acceptable counter"
	end,
	[MASTER] = function(range, item)
		item:add(f.master, range, printable(range))
		return "Master: " .. printable(range)
	end,
}

-- The meaning of a tag depends on the type: ours stand in some types only.
local function is_known_tag(kind, tag)
	if tag >= NONCE and tag <= COUNTER_MIN then
		return is_own_tag(kind, tag)
	end
	if tag == MASTER then
		return kind == DISCOVER_RESP
	end
	return show_value[tag] ~= nil
end

local function show_tlv(tvb, tree, kind, at, len)
	local tag = tvb(at, 1):uint()
	local item = tree:add(f.tlv, tvb(at, 2 + len))

	item:add(f.tlv_tag, tvb(at, 1))
	item:add(f.tlv_len, tvb(at + 1, 1))
	if len > 0 then
		item:add(f.tlv_value, tvb(at + 2, len))
	end
	if not is_known_tag(kind, tag) then
		item:set_text(string.format("Unknown tag 0x%02x, %d bytes", tag, len))
		item:add_proto_expert_info(experts.tag)
	elseif len > 0 then
		item:set_text(show_value[tag](tvb(at + 2, len), item))
	else
		item:set_text((tags[tag] or "TLV") .. ", empty")
	end
end

local function show_tlvs(tvb, tree, kind, at, stop)
	while stop - at >= 2 do
		local len = tvb(at + 1, 1):uint()
		if stop - at - 2 < len then
			break
		end
		show_tlv(tvb, tree, kind, at, len)
		at = at + 2 + len
	end
	if at < stop then
		tree:add(tvb(at, stop - at), string.format("TLV cut short: %d bytes left", stop - at))
	end
end

local function show_segment(range, tree, pinfo)
	if range:len() < 10 then
		tree:add_proto_expert_info(experts.segment)
		return
	end
	local kind = range(0, 1):uint()
	tree:add(f.segment_type, range(0, 1))
	tree:add(f.segment_flags, range(1, 1))
	tree:add(f.segment_seq, range(2, 4))
	tree:add(f.segment_ack, range(6, 4))
	pinfo.cols.info:append(string.format(" %s seq %d ack %d", segments[kind] or ("segment " .. kind),
		range(2, 4):uint(), range(6, 4):uint()))
	if range:len() > 10 then
		tree:add(f.payload, range(10, range:len() - 10))
		pinfo.cols.info:append(string.format(" len %d", range:len() - 10))
	end
end

local function show_ping(range, tree, pinfo)
	if range:len() < 4 then
		tree:add_proto_expert_info(experts.ping)
		return
	end
	tree:add(f.ping_seq, range(0, 4))
	pinfo.cols.info:append(" seq " .. range(0, 4):uint())
	if range:len() > 4 then
		tree:add(f.payload, range(4, range:len() - 4))
	end
end

local function show_data(tvb, tree, pinfo, at, stop)
	if stop - at < 4 then
		return
	end
	local src, dst = tvb(at, 2):uint(), tvb(at + 2, 2):uint()
	local service = services[dst] and dst or src
	local name = services[service]

	tree:add(f.port_src, tvb(at, 2))
	tree:add(f.port_dst, tvb(at + 2, 2))
	if name then
		tree:add(f.service, name):set_generated()
	end
	pinfo.cols.info:append(string.format("  %s %d -> %d", name or "service", src, dst))
	local n = stop - at - 4
	if name and n == 0 then
		tree:add_proto_expert_info(service == PING and experts.ping or experts.segment)
	elseif service == PING then
		show_ping(tvb(at + 4, n), tree, pinfo)
	elseif name then
		show_segment(tvb(at + 4, n), tree, pinfo)
	elseif n > 0 then
		tree:add(f.payload, tvb(at + 4, n))
	end
end

local function show_summary(tvb, pinfo)
	local kind = tvb(0, 1):uint()
	local n, ptr = tvb(40, 1):uint(), tvb(41, 1):uint()

	pinfo.cols.info:set(string.format("%s %s > %s", types[kind] or ("type " .. kind), address(tvb(28, 6)),
		address(tvb(34, 6))))
	if n > 0 then
		pinfo.cols.info:append(string.format(" hop %d/%d", ptr, n))
	end
end

-- All that stands in the frame, as far as its bytes carry.
local function show(tvb, tree, pinfo)
	show_header(tvb, tree)
	if tvb:len() < HDR_LEN then
		return
	end
	show_summary(tvb, pinfo)
	local kind = tvb(0, 1):uint()
	local stop = math.min(math.max(tvb(2, 2):uint() - ETH_LEN, 0), tvb:len())
	if not types[kind] then
		return
	end
	local at = show_hops(tvb, tree, kind, stop)
	if at and kind == DATA then
		show_data(tvb, tree, pinfo, at, stop)
	elseif at then
		show_tlvs(tvb, tree, kind, at, stop)
	end
	if stop >= HDR_LEN and stop < tvb:len() then
		tree:add(f.padding, tvb(stop, tvb:len() - stop))
	end
end

function romon.dissector(tvb, pinfo, root)
	pinfo.cols.protocol:set("RoMON")
	pinfo.cols.info:set("RoMON")
	local tree = root:add(romon, tvb())
	local verdict = judge(tvb)

	show(tvb, tree, pinfo)
	tree:add(f.verdict, verdict):set_generated()
	if verdict == "cut" then
		tree:add_proto_expert_info(experts.cut)
		pinfo.cols.info:append(" [cut by the capture]")
	elseif verdict ~= "ok" then
		tree:add_proto_expert_info(experts[verdict])
		pinfo.cols.info:append(" [malformed: " .. verdict .. "]")
	end
	return tvb:len()
end

DissectorTable.get("ethertype"):add(ETHERTYPE, romon)
