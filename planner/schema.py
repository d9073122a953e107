"""Every table of the plan: its columns, with type, unit and meaning.

The code checks tables against these rows and ``docs/tables.md`` prints the same rows, so neither can go stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["INPUT_COLUMNS", "TABLES", "Column", "InputColumn", "Table"]

Type = Literal["text", "integer", "number", "flag", "point", "polygon", "geometry"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, unit and meaning; ``optional`` columns may be absent, cells may be blank."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table, indexed by a string id."""

    name: str
    index: str
    meaning: str
    columns: tuple[Column, ...]


_NAME = Column("name", "text", "name as given by its source")
_PLACE_NAME = Column("name", "text", "name as given by its source; where it has none, class and street")
_AREA = Column("area", "text", "name of the area (subdistrict or community) it lies in; blank outside all areas")
_SOURCE = Column("source", "text", "file or rule that the row comes from")
_POINT = Column("geometry", "point", "place", "WGS 84 degrees")

TABLES: tuple[Table, ...] = (
    Table(
        "demand",
        "demand id",
        "places needing service: one row per place and group",
        (
            Column("group", "text", "group id"),
            Column("weight", "number", "how many people of the group", "people"),
            _PLACE_NAME,
            _AREA,
            _SOURCE,
            _POINT,
            Column("covered", "number", "share of the weight that counts as covered", "0 to 1", optional=True),
            Column("station", "text", "nearest open station of a type that serves the group", optional=True),
            Column("impedance", "number", "travel to that station", "s", optional=True),
            Column("lounge", "text", "linked lounge that reaches the point, if it counts for more", optional=True),
        ),
    ),
    Table(
        "centres",
        "centre id",
        "business districts, industrial parks and business centres",
        (
            _NAME,
            Column("kind", "text", "business_district, industrial_park or business_centre"),
            _AREA,
            _SOURCE,
            Column("geometry", "polygon", "outline", "WGS 84 degrees"),
        ),
    ),
    Table(
        "candidates",
        "site id",
        "places where a station may stand, refused ones included",
        (
            _PLACE_NAME,
            Column("address", "text", "postal address as its file states it; blank where it has none", optional=True),
            Column("centre", "text", "centre id"),
            Column("types", "text", "ids of the station types allowed here, joined by ';'"),
            Column("status", "text", "required, optional or excluded"),
            Column("reasons", "text", "why it is required or excluded, joined by '; '; blank when optional"),
            Column("place", "text", "POI class or kind of place"),
            Column("floor_area", "number", "usable floor area; blank where unknown", "m²", optional=True),
            Column("cost", "number", "cost to open; blank where unknown", "yuan", optional=True),
            Column("open_24h", "text", "round-the-clock access: yes, no, or blank where unknown", optional=True),
            Column("road_distance", "number", "distance to the nearest street", "m", optional=True),
            Column(
                "provenance", "text", "file that the row comes from, and other rows for the same place", optional=True
            ),
            Column("tests", "text", "tests passed, with their figures, and tests that lacked one", optional=True),
            _AREA,
            _SOURCE,
            _POINT,
        ),
    ),
    Table(
        "lounges",
        "lounge id",
        "existing community, business-district and building lounges",
        (_NAME, Column("kind", "text", "community, business_district or building"), _AREA, _SOURCE, _POINT),
    ),
    Table(
        "stations",
        "site id",
        "candidate sites that the plan opens",
        (
            _PLACE_NAME,
            Column("type", "text", "station type id"),
            Column("phase", "text", "name of the phase in which it opens, where there are phases", optional=True),
            Column("centre", "text", "centre id"),
            Column("centre_name", "text", "name of the centre"),
            _AREA,
            Column("status", "text", "required or optional"),
            Column("people_alone", "number", "people covered by this station if it were the only one", "people"),
            Column("people_added", "number", "people that only this station covers", "people"),
            Column("lounges", "integer", "lounges linked to it"),
            Column("reasons", "text", "why it was chosen"),
            _POINT,
        ),
    ),
    Table(
        "links",
        "lounge id",
        "the station that runs each lounge; blank where none is within the limit",
        (
            Column("station", "text", "site id of the station; blank when not linked"),
            Column("impedance", "number", "travel from the station to the lounge", "s"),
            Column("metres", "number", "length of the same trip", "m"),
            Column("reason", "text", "why it is not linked; blank when linked"),
            Column(
                "route",
                "geometry",
                "that trip as a line along the streets, from the station; none when not linked",
                "WGS 84 degrees",
                optional=True,
            ),
        ),
    ),
    Table(
        "measures",
        "measure id",
        "evaluated quantities of the plan",
        (
            Column("measure", "text", "what is measured"),
            Column("group", "text", "group id; blank for all groups"),
            Column("value", "number", "value"),
            Column("unit", "text", "unit of the value"),
            Column("weighted_by", "text", "what it is weighted by"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class InputColumn:
    """One kind of input column and the headings that name it, in lower case without blanks and brackets.

    ``weaker`` headings count only where none of ``headings`` is there; a heading that ends in one of ``endings``
    only where neither is. ``number`` columns are read as numbers.
    """

    name: str
    meaning: str
    headings: tuple[str, ...]
    weaker: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    number: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INPUT_COLUMNS: tuple[InputColumn, ...] = (
    InputColumn(
        "id",
        "identifier, always text",
        _words(
            "id 编号 编码 代码 点号 站点编号 驿站编号 社区编号 社区代码 宗地号 地块编号 地块号 标识 标识码 唯一码 編號"
            " 編碼 代碼 siteid site_id stationid station_id bh bm dm bianhao bianma daima"
            " uid fid osmid osm_id poi_id poiid zdh"
        ),
        _words("序号 序 序號 xh xuhao no no. number index 统一编码 行政区划代码 行政区代码 区划代码 xzqdm adcode code"),
        _words("编号 编码 代码 編號 編碼"),
    ),
    InputColumn(
        "name",
        "name",
        _words(
            "name 名称 名字 名稱 站名 站点名称 驿站名称 社区名称 名 mc mingcheng title label 商圈名称 小区名称 点位名称"
        ),
        _words("简称 全称 站点 驿站 单位名称 企业名称 zdmc sqmc xzqmc name_zh name:zh 社区 小区"),
        _words("名称 名稱 name"),
    ),
    InputColumn(
        "longitude",
        "longitude in degrees",
        _words("经度 經度 东经 longitude lon lng long jd jingdu 百度经度 高德经度 经度坐标 坐标经度 lon_deg"),
        _words("经 gps经度 中心经度 中心点经度"),
        _words("经度 經度 longitude lng lon"),
    ),
    InputColumn(
        "latitude",
        "latitude in degrees",
        _words("纬度 緯度 北纬 latitude lat wd weidu 百度纬度 高德纬度 纬度坐标 坐标纬度 lat_deg"),
        _words("纬 gps纬度 中心纬度 中心点纬度"),
        _words("纬度 緯度 latitude lat"),
    ),
    InputColumn(
        "x",
        "x: longitude, easting, or northing in the survey convention",
        _words("x x坐标 坐标x x座標 point_x pointx xcoord x_coord coord_x xzb"),
    ),
    InputColumn(
        "y",
        "y: latitude, northing, or easting in the survey convention",
        _words("y y坐标 坐标y y座標 point_y pointy ycoord y_coord coord_y yzb"),
    ),
    InputColumn("easting", "easting in metres", _words("横坐标 横坐标y 东坐标 东向坐标 easting east e hzb")),
    InputColumn("northing", "northing in metres", _words("纵坐标 纵坐标x 北坐标 北向坐标 northing north n zzb")),
    InputColumn(
        "coordinates",
        "both coordinates in one cell",
        _words(
            "坐标 经纬度 经纬度坐标 座标 坐标点 location coordinates coordinate coords coord lnglat lonlat"
            " latlng latlon wkt"
        ),
        _words("位置坐标 地理坐标 point geometry geom"),
    ),
    InputColumn("datum", "coordinate system of the row", _words("坐标系 坐标系统 座標系 坐标基准 datum crs srs epsg")),
    InputColumn(
        "people",
        "how many people",
        _words(
            "人口 人口数 人口數 人數 常住人口數 總人口"
            " 人口数量 常住人口 总人口 人数 人员数量 从业人数 从业人员 population people pop weight persons"
            " rk rks rs renkou renshu 權重 权重 需求人口 需求人口数量 需求量 demand"
        ),
        _words("户籍人口 服务人数 需求 workers headcount"),
        number=True,
    ),
    InputColumn(
        "floor_area",
        "usable floor area in square metres",
        _words("建筑面积 使用面积 室内面积 floor_area floorarea jzmj symj"),
        _words("面积 面積 占地面积 mj mianji area_m2 size"),
        number=True,
    ),
    InputColumn(
        "floors",
        "how many storeys a building has",
        _words("层数 地上层数 建筑层数 floors building:levels building_levels levels num_floors storeys"),
        number=True,
    ),
    InputColumn(
        "cost",
        "cost to open in yuan",
        _words("成本 造价 建设成本 投资 投资额 费用 cost zj cb"),
        _words("租金 年租金 rent price"),
        number=True,
    ),
    InputColumn(
        "capacity",
        "how many people it can serve",
        _words("容量 服务能力 接待能力 capacity rl"),
        number=True,
    ),
    InputColumn(
        "category",
        "category as its source names it",
        _words("类别 类型 分类 種類 类目 大类 category type class kind poi类型 typecode typename lx leixing lb leibie"),
        _words("中类 小类 性质 业态 用途 tag std_tag 行业分类"),
    ),
    InputColumn("address", "postal address", _words("地址 详细地址 位置 住址 地點 地点 address addr dz dizhi wz")),
    InputColumn(
        "area",
        "name of the subdistrict or community",
        _words(
            "街道 乡镇 镇街 镇街道 街道乡镇 所属街道 所在街道 所属区域 区域 片区 subdistrict district area jd街道 xz"
        ),
        _words("所属社区 所在社区 街道名称 行政区 区县 adname"),
    ),
    InputColumn(
        "open_24h",
        "whether it is open round the clock",
        _words(
            "24小时 24小时开放 是否24小时 是否24小时开放 全天开放 是否全天开放 open_24h opening_hours 营业时间 开放时间"
        ),
    ),
    InputColumn(
        "street_front",
        "whether it opens on a street",
        _words("临街 沿街 是否临街 是否沿街 street_front"),
    ),
    InputColumn("date", "date", _words("日期 建成日期 时间 建成时间 启用日期 填报日期 更新日期 date rq riqi")),
    InputColumn("note", "remark", _words("备注 说明 備註 note notes remark remarks bz")),
    InputColumn(
        "verdict",
        "decision on a site: approved, rejected, moved or deferred",
        _words("意见 审批意见 批复意见 审核意见 审查意见 批复 審批意見 意見 verdict decision opinion"),
        _words("决定 结论"),
    ),
    InputColumn(
        "new_place",
        "where a moved site goes: coordinates, or the id of a candidate",
        _words("新位置 新址 新地址 新地点 换址地点 换址位置 换址至 拟迁位置 new_place newplace"),
        _words("迁至 调整位置 moved_to"),
    ),
    InputColumn(
        "reason",
        "why it was decided so",
        _words("原因 审批理由 决定理由 理由说明 意见说明 reason"),
        _words("理由 说明原因 reasons why"),
    ),
    InputColumn(
        "decided_by",
        "who decided",
        _words("决定人 決定人 審批人 审批人 审核人 签字人 批复人 审批部门 decided_by decidedby by"),
        _words("填报人 经办人 部门 reviewer department"),
    ),
    InputColumn("plan", "id of the plan that a row was made from", _words("方案编号 方案号 plan plan_id planid")),
)
